"""What functions are built by and where their images lie: an account that reads their sources and nothing else."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.identity import Identity, IdentityArgs
from infra.components.place import Place

_KEPT_IMAGES = 5


@dataclass(frozen=True)
class BuilderArgs:
    """`project_number` is that of the place's project."""

    place: Place
    project_number: pulumi.Input[str]


class Builder(Component):
    """The service account that Cloud Build builds with, instead of the project's default one, and its repository."""

    def __init__(self, name: str, args: BuilderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Builder", name, args.place, opts)
        self._name, self._place = name, args.place
        self._granting = pulumi.ResourceOptions(parent=self, hooks=args.place.grants)
        account = IdentityArgs(args.place, "function-builder", "Builds the functions", ("roles/logging.logWriter",))
        self.identity = Identity(name, account, pulumi.ResourceOptions(parent=self))
        self.images = self._repository()
        self._let_read_sources(args.project_number)
        self.register_outputs({})

    def _repository(self) -> gcp.artifactregistry.Repository:
        place = self._place
        newest = gcp.artifactregistry.RepositoryCleanupPolicyMostRecentVersionsArgs(keep_count=_KEPT_IMAGES)
        repository = gcp.artifactregistry.Repository(
            self._name,
            project=place.project,
            location=place.region,
            repository_id="fraud-functions",
            format="DOCKER",
            description="Images of the functions",
            cleanup_policies=[
                gcp.artifactregistry.RepositoryCleanupPolicyArgs(
                    id="newest", action="KEEP", most_recent_versions=newest
                ),
                gcp.artifactregistry.RepositoryCleanupPolicyArgs(
                    id="others",
                    action="DELETE",
                    condition=gcp.artifactregistry.RepositoryCleanupPolicyConditionArgs(older_than="2592000s"),
                ),
            ],
            labels=place.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        gcp.artifactregistry.RepositoryIamMember(
            f"{self._name}-images",
            project=place.project,
            location=place.region,
            repository=repository.repository_id,
            role="roles/artifactregistry.writer",
            member=self.identity.member,
            opts=self._granting,
        )
        return repository

    def _let_read_sources(self, project_number: pulumi.Input[str]) -> None:
        """Let the account read the bucket where Cloud Functions puts sources, which it makes at the first build."""
        bucket = pulumi.Output.format("projects/_/buckets/gcf-v2-sources-{0}-{1}", project_number, self._place.region)
        gcp.projects.IAMMember(
            f"{self._name}-sources",
            project=self._place.project,
            role="roles/storage.objectViewer",
            member=self.identity.member,
            condition=gcp.projects.IAMMemberConditionArgs(
                title="sources of functions only",
                expression=pulumi.Output.format('resource.name.startsWith("{0}")', bucket),
            ),
            opts=self._granting,
        )
