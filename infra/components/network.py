"""The private network: Spark and the functions reach Redis inside it, and Confluent Cloud through one fixed address."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.place import Place


@dataclass(frozen=True)
class NetworkArgs:
    """`cidr` is the subnet's range; Redis takes its own /20 beside it."""

    place: Place
    cidr: str


class Network(Component):
    """A network whose machines have internal addresses only."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Network", name, args.place, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.network = gcp.compute.Network(
            name, name="payment-fraud", project=args.place.project, auto_create_subnetworks=False, opts=self._child
        )
        self.subnet = gcp.compute.Subnetwork(
            f"{name}-subnet",
            name="payment-fraud",
            project=args.place.project,
            region=args.place.region,
            network=self.network.id,
            ip_cidr_range=args.cidr,
            private_ip_google_access=True,
            opts=self._child,
        )
        self._let_spark_talk()
        self.egress_address = self._way_out()
        self.peering = self._private_services()
        self.register_outputs({"egress_address": self.egress_address})

    def _let_spark_talk(self) -> None:
        """Open the subnet to itself: Spark's driver and executors call each other on ports of their choice."""
        protocols = [gcp.compute.FirewallAllowArgs(protocol=protocol) for protocol in ("tcp", "udp", "icmp")]
        gcp.compute.Firewall(
            f"{self._name}-internal",
            name="payment-fraud-internal",
            project=self._args.place.project,
            network=self.network.id,
            direction="INGRESS",
            source_ranges=[self._args.cidr],
            allows=protocols,
            opts=self._child,
        )

    def _way_out(self) -> pulumi.Output[str]:
        project, region = self._args.place.project, self._args.place.region
        address = gcp.compute.Address(
            f"{self._name}-egress",
            name="payment-fraud-egress",
            address_type="EXTERNAL",
            project=project,
            region=region,
            labels=self._args.place.labels,
            opts=self._child,
        )
        router = gcp.compute.Router(
            f"{self._name}-router",
            name="payment-fraud",
            project=project,
            region=region,
            network=self.network.id,
            opts=self._child,
        )
        gcp.compute.RouterNat(
            f"{self._name}-nat",
            name="payment-fraud",
            router=router.name,
            nat_ip_allocate_option="MANUAL_ONLY",
            nat_ips=[address.self_link],
            source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
            project=project,
            region=region,
            opts=self._child,
        )
        return address.address

    def _private_services(self) -> gcp.servicenetworking.Connection:
        reserved = gcp.compute.GlobalAddress(
            f"{self._name}-private-services",
            name="payment-fraud-private-services",
            project=self._args.place.project,
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            prefix_length=20,
            network=self.network.id,
            labels=self._args.place.labels,
            opts=self._child,
        )
        return gcp.servicenetworking.Connection(
            f"{self._name}-peering",
            network=self.network.id,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[reserved.name],
            # Google refuses to end a peering for days after Redis has gone; it goes with the network
            deletion_policy="ABANDON",
            opts=self._child,
        )
