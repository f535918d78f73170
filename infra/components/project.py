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
    "billingbudgets",
    "cloudbuild",
    "cloudfunctions",
    "cloudresourcemanager",
    "cloudscheduler",
    "compute",
    "dataproc",
    "dataprocrm",  # runtime 3.0 needs it beside dataproc
    "dns",
    "firestore",
    "iam",
    "iap",
    "logging",
    "monitoring",
    "pubsub",
    "redis",
    "run",
    "secretmanager",
    "servicenetworking",
    "serviceusage",
    "storage",
)

_FIRST = ("serviceusage", "cloudresourcemanager")
"""Through the first APIs are turned on, and agents made; through the second projects are read, and their rights set."""


@dataclass(frozen=True)
class ProjectArgs:
    """Which project."""

    place: Place


class Project(pulumi.ComponentResource):
    """Turns the APIs on, which stay on when the stack goes, since others may use them; makes Pub/Sub's agent.

    Google makes that agent when Pub/Sub is first used otherwise: after the first grant to it would have failed.
    """

    def __init__(self, name: str, args: ProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("fraud:cloud:Project", name, None, opts)
        first = [self._api(name, api, args, []) for api in _FIRST]
        self.apis = first + [self._api(name, api, args, first) for api in APIS if api not in _FIRST]
        agent = gcp.projects.ServiceIdentity(
            f"{name}-pubsub-agent",
            project=args.place.project,
            service="pubsub.googleapis.com",
            opts=pulumi.ResourceOptions(parent=self, depends_on=self.apis),
        )
        self.pubsub_agent = agent.member
        # no look-up: it would be made before the API it goes through is on
        self.number = agent.member.apply(lambda member: member.split("@")[0].rsplit("-", 1)[-1])
        self.register_outputs({})

    def _api(self, name: str, api: str, args: ProjectArgs, after: list[gcp.projects.Service]) -> gcp.projects.Service:
        return gcp.projects.Service(
            f"{name}-{api}",
            project=args.place.project,
            service=f"{api}.googleapis.com",
            disable_on_destroy=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )
