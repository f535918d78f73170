"""The project: which of Google's APIs are on, and who its service agents are."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.place import Place

APIS = (
    "artifactregistry",
    "bigquery",
    "bigquerydatatransfer",
    "bigquerystorage",
    "cloudbuild",
    "cloudfunctions",
    "cloudscheduler",
    "compute",
    "dataproc",
    "dataprocrm",  # runtime 3.0 needs it beside dataproc
    "firestore",
    "iap",
    "logging",
    "monitoring",
    "pubsub",
    "redis",
    "run",
    "secretmanager",
    "servicenetworking",
    "storage",
)


@dataclass(frozen=True)
class ProjectArgs:
    """Which project."""

    place: Place


class Project(pulumi.ComponentResource):
    """Turns the APIs on; they stay on when the stack goes, since others may use them."""

    def __init__(self, name: str, args: ProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("fraud:cloud:Project", name, None, opts)
        self.apis = [
            gcp.projects.Service(
                f"{name}-{api}",
                project=args.place.project,
                service=f"{api}.googleapis.com",
                disable_on_destroy=False,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for api in APIS
        ]
        self.number = gcp.organizations.get_project_output(project_id=args.place.project).number
        self.pubsub_agent = pulumi.Output.format(
            "serviceAccount:service-{0}@gcp-sa-pubsub.iam.gserviceaccount.com", self.number
        )
        self.register_outputs({})
