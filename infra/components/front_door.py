"""The page's door for people: a load balancer that lets through whom Identity-Aware Proxy has asked who they are."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.place import Place


@dataclass(frozen=True)
class FrontDoorArgs:
    """`domain` is the page's address, whose A record is to name `address`; `service` the Cloud Run service behind.

    `people` are the members that may come in, by a short name; `project_number` that of the place's project.
    """

    place: Place
    domain: str
    service: str
    project_number: pulumi.Input[str]
    people: Mapping[str, str]


class FrontDoor(Component):
    """HTTPS only. `audience` is whom the proxy's assertions are meant for; `agent` what calls the service."""

    def __init__(self, name: str, args: FrontDoorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("FrontDoor", name, args.place, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        self.domain, self.backend = args.domain, self._backend()
        for short, member in args.people.items():
            gcp.iap.WebBackendServiceIamMember(
                f"{name}-{short}",
                project=args.place.project,
                web_backend_service=self.backend.name,
                role="roles/iap.httpsResourceAccessor",
                member=member,
                opts=pulumi.ResourceOptions(parent=self, hooks=args.place.grants),
            )
        self.address = self._listen()
        agent = gcp.projects.ServiceIdentity(
            f"{name}-agent", project=args.place.project, service="iap.googleapis.com", opts=self._child
        )
        self.agent = agent.email.apply("serviceAccount:{}".format)
        self.audience = pulumi.Output.format(
            "/projects/{0}/global/backendServices/{1}", args.project_number, self.backend.generated_id
        )
        self.register_outputs({"address": self.address.address, "audience": self.audience})

    def _backend(self) -> gcp.compute.BackendService:
        """The service by its name, which is known before it is there: it is told the audience made from this."""
        place = self._args.place
        group = gcp.compute.RegionNetworkEndpointGroup(
            self._name,
            name=self._args.service,
            project=place.project,
            region=place.region,
            network_endpoint_type="SERVERLESS",
            cloud_run=gcp.compute.RegionNetworkEndpointGroupCloudRunArgs(service=self._args.service),
            opts=self._child,
        )
        return gcp.compute.BackendService(
            self._name,
            name=self._args.service,
            project=place.project,
            load_balancing_scheme="EXTERNAL_MANAGED",
            protocol="HTTPS",
            backends=[gcp.compute.BackendServiceBackendArgs(group=group.id)],
            iap=gcp.compute.BackendServiceIapArgs(enabled=True),
            log_config=gcp.compute.BackendServiceLogConfigArgs(enable=True, sample_rate=1.0),
            opts=self._child,
        )

    def _listen(self) -> gcp.compute.GlobalAddress:
        project = self._args.place.project
        address = gcp.compute.GlobalAddress(
            self._name, name=self._args.service, labels=self._args.place.labels, project=project, opts=self._child
        )
        gcp.compute.GlobalForwardingRule(
            self._name,
            name=self._args.service,
            ip_address=address.id,
            port_range="443",
            load_balancing_scheme="EXTERNAL_MANAGED",
            target=self._proxy().id,
            labels=self._args.place.labels,
            project=project,
            opts=self._child,
        )
        return address

    def _proxy(self) -> gcp.compute.TargetHttpsProxy:
        project = self._args.place.project
        certificate = gcp.compute.ManagedSslCertificate(
            self._name,
            name=self._args.service,
            managed=gcp.compute.ManagedSslCertificateManagedArgs(domains=[self._args.domain]),
            project=project,
            opts=self._child,
        )
        policy = gcp.compute.SSLPolicy(
            self._name,
            name=self._args.service,
            min_tls_version="TLS_1_2",
            profile="MODERN",
            project=project,
            opts=self._child,
        )
        paths = gcp.compute.URLMap(
            self._name, name=self._args.service, default_service=self.backend.id, project=project, opts=self._child
        )
        return gcp.compute.TargetHttpsProxy(
            self._name,
            name=self._args.service,
            url_map=paths.id,
            ssl_certificates=[certificate.id],
            ssl_policy=policy.id,
            project=project,
            opts=self._child,
        )
