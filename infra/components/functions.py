"""Cloud Run functions: each with its own service account, source archive and rights."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.archives import Archive
from infra.components.builder import Builder
from infra.components.component import Component
from infra.components.identity import Identity, IdentityArgs
from infra.components.network import Network
from infra.components.place import Place
from infra.components.secret import Secret
from infra.services import Service

_RUNTIME = "python311"
"""The version the archives are tested with."""


@dataclass(frozen=True)
class FunctionArgs:
    """`environment` and `secrets` are by variable; `callers` are the members that may call it, by a short name.

    `is_behind_iap`: people reach it through a load balancer only. It is not made, nor changed, before what is in
    `after`.
    """

    place: Place
    service: Service
    identity: Identity
    builder: Builder
    archive: Archive
    bucket: pulumi.Input[str]
    network: Network
    environment: Mapping[str, pulumi.Input[str]]
    secrets: Mapping[str, Secret]
    fewest_instances: int
    most_instances: int
    callers: Mapping[str, pulumi.Input[str]]
    is_behind_iap: bool = False
    after: tuple[pulumi.Resource, ...] = ()

    @property
    def audience(self) -> str:
        """Whom a token for it must be meant for."""
        return self.place.address(self.service.account)

    @property
    def ingress(self) -> str:
        """Where calls may come from."""
        if self.is_behind_iap:
            return "ALLOW_INTERNAL_AND_GCLB"
        return "ALLOW_ALL" if self.service.is_public else "ALLOW_INTERNAL_ONLY"


class Function(Component):
    """An HTTP endpoint that only those named may call."""

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Function", name, args.place, opts)
        source = gcp.storage.BucketObject(
            f"{name}-source",
            bucket=args.bucket,
            name=args.archive.object,
            source=pulumi.FileAsset(str(args.archive.path)),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=False, protect=False),
        )
        self.function = gcp.cloudfunctionsv2.Function(
            name,
            name=args.service.account,
            project=args.place.project,
            location=args.place.region,
            description=args.service.purpose,
            build_config=_build(args, source),
            service_config=_service(args),
            labels=args.place.labels,
            # it is not built before its builder may, and no revision starts before it can read its secrets
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*args.secrets.values(), *args.after], hooks=args.place.uses_rights
            ),
        )
        # at cloudfunctions.net ingress takes Pub/Sub and Cloud Scheduler for strangers
        self.url = self.function.service_config.apply(lambda config: str(config and config.uri))
        self.audience = args.audience
        self._name, self._place = name, args.place
        for caller, member in args.callers.items():
            self.admit(caller, member)
        self.register_outputs({"url": self.url})

    def admit(self, caller: str, member: pulumi.Input[str]) -> None:
        """Let a member call it."""
        gcp.cloudrunv2.ServiceIamMember(
            f"{self._name}-{caller}",
            project=self._place.project,
            location=self._place.region,
            name=self.function.name,
            role="roles/run.invoker",
            member=member,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _build(args: FunctionArgs, source: gcp.storage.BucketObject) -> gcp.cloudfunctionsv2.FunctionBuildConfigArgs:
    return gcp.cloudfunctionsv2.FunctionBuildConfigArgs(
        runtime=_RUNTIME,
        entry_point=args.service.entry_point,
        service_account=args.builder.identity.id,
        docker_repository=args.builder.images.id,
        source=gcp.cloudfunctionsv2.FunctionBuildConfigSourceArgs(
            storage_source=gcp.cloudfunctionsv2.FunctionBuildConfigSourceStorageSourceArgs(
                bucket=args.bucket, object=source.name
            )
        ),
    )


def _service(args: FunctionArgs) -> gcp.cloudfunctionsv2.FunctionServiceConfigArgs:
    return gcp.cloudfunctionsv2.FunctionServiceConfigArgs(
        available_cpu="1",  # more than one request at a time needs a whole one
        available_memory=args.service.memory,
        timeout_seconds=args.service.timeout_s,
        min_instance_count=args.fewest_instances,
        max_instance_count=args.most_instances,
        max_instance_request_concurrency=args.service.concurrency,
        service_account_email=args.identity.email,
        ingress_settings=args.ingress,
        direct_vpc_egress="VPC_EGRESS_ALL_TRAFFIC",  # whoever is called sees the one fixed address
        direct_vpc_network_interfaces=[
            gcp.cloudfunctionsv2.FunctionServiceConfigDirectVpcNetworkInterfaceArgs(
                network=args.network.network.name, subnetwork=args.network.subnet.name
            )
        ],
        environment_variables=dict(args.environment),
        secret_environment_variables=[
            gcp.cloudfunctionsv2.FunctionServiceConfigSecretEnvironmentVariableArgs(
                key=variable, project_id=args.place.project, secret=secret.secret_id, version=secret.version.version
            )
            for variable, secret in args.secrets.items()
        ],
        all_traffic_on_latest_revision=True,
    )


def identity(service: Service, place: Place) -> Identity:
    """Make the service account a function runs as."""
    return Identity(service.name, IdentityArgs(place, service.account, service.purpose, service.roles))
