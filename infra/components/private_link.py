"""Confluent Cloud through Private Service Connect: an address in our network, and names that lead to it."""

from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.network import Network
from infra.components.place import Place

_NAME = "payment-fraud-kafka"


@dataclass(frozen=True)
class PrivateLinkArgs:
    """`environment` is Confluent's, whose enterprise clusters in the place's region are reached."""

    place: Place
    network: Network
    environment: pulumi.Input[str]


class PrivateLink(Component):
    """The only way to the clusters: who is in the network reaches them, and nobody else."""

    def __init__(self, name: str, args: PrivateLinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("PrivateLink", name, args.place, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        attachment = confluent.PrivateLinkAttachment(
            name,
            display_name=_NAME,
            cloud="GCP",
            region=args.place.region,
            environment=confluent.PrivateLinkAttachmentEnvironmentArgs(id=args.environment),
            opts=self._child,
        )
        address = self._address()
        confluent.PrivateLinkAttachmentConnection(
            name,
            display_name=_NAME,
            environment=confluent.PrivateLinkAttachmentConnectionEnvironmentArgs(id=args.environment),
            private_link_attachment=confluent.PrivateLinkAttachmentConnectionPrivateLinkAttachmentArgs(
                id=attachment.id
            ),
            gcp=confluent.PrivateLinkAttachmentConnectionGcpArgs(
                private_service_connect_connection_id=self._endpoint(address, attachment).psc_connection_id
            ),
            opts=self._child,
        )
        self._names(address, attachment)
        self.register_outputs({})

    def _address(self) -> gcp.compute.Address:
        place = self._args.place
        return gcp.compute.Address(
            self._name,
            name=_NAME,
            project=place.project,
            region=place.region,
            address_type="INTERNAL",
            subnetwork=self._args.network.subnet.id,
            labels=place.labels,
            opts=self._child,
        )

    def _endpoint(
        self, address: gcp.compute.Address, attachment: confluent.PrivateLinkAttachment
    ) -> gcp.compute.ForwardingRule:
        place = self._args.place
        return gcp.compute.ForwardingRule(
            self._name,
            name=_NAME,
            project=place.project,
            region=place.region,
            network=self._args.network.network.id,
            ip_address=address.id,
            load_balancing_scheme="",  # as Google asks where the target is a service attachment
            target=attachment.gcps.apply(lambda gcps: str(gcps[0].private_service_connect_service_attachment)),
            labels=place.labels,
            opts=self._child,
        )

    def _names(self, address: gcp.compute.Address, attachment: confluent.PrivateLinkAttachment) -> None:
        place = self._args.place
        visible = gcp.dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=self._args.network.network.id)
        zone = gcp.dns.ManagedZone(
            self._name,
            name=_NAME,
            project=place.project,
            dns_name=attachment.dns_domain.apply("{}.".format),
            visibility="private",
            private_visibility_config=gcp.dns.ManagedZonePrivateVisibilityConfigArgs(networks=[visible]),
            labels=place.labels,
            opts=self._child,
        )
        gcp.dns.RecordSet(
            self._name,
            project=place.project,
            managed_zone=zone.name,
            name=attachment.dns_domain.apply("*.{}.".format),
            type="A",
            ttl=60,
            rrdatas=[address.address],
            opts=self._child,
        )
