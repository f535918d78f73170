"""Memorystore: AUTH and TLS, which are off by default, are on."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.place import Place

_VERSION = "REDIS_7_2"


@dataclass(frozen=True)
class RedisArgs:
    """`tier` STANDARD_HA keeps a replica in another zone that takes over by itself."""

    place: Place
    network: pulumi.Input[str]
    tier: str
    memory_gb: int


class Redis(Component):
    """The cache of alerts and card actions; what it holds can be lost, for Firestore is the record."""

    def __init__(self, name: str, args: RedisArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Redis", name, args.place, opts)
        instance = gcp.redis.Instance(
            name,
            name="payment-fraud",
            project=args.place.project,
            region=args.place.region,
            tier=args.tier,
            memory_size_gb=args.memory_gb,
            redis_version=_VERSION,
            auth_enabled=True,
            transit_encryption_mode="SERVER_AUTHENTICATION",
            connect_mode="PRIVATE_SERVICE_ACCESS",
            authorized_network=args.network,
            redis_configs={"maxmemory-policy": "volatile-ttl"},
            deletion_protection=args.place.protected,
            labels=args.place.labels,
            opts=pulumi.ResourceOptions(parent=self, protect=args.place.protected),
        )
        self.instance_id = instance.id
        parts = (instance.auth_string, instance.host, instance.port, instance.server_ca_certs)
        self.url: pulumi.Output[str] = pulumi.Output.all(*parts).apply(lambda known: _url(*known))
        self.register_outputs({})


def _url(password: str, host: str, port: int, authorities: Sequence[gcp.redis.outputs.InstanceServerCaCert]) -> str:
    """Return an address with all that a client needs, the certificates of the instance's own authority included.

    They name no host that a client could compare with the address; that only this instance's authority signed the
    server's certificate is what is checked.
    """
    certificates = quote("".join(str(authority["cert"]) for authority in authorities), safe="")
    return f"rediss://:{password}@{host}:{port}/0?ssl_ca_data={certificates}&ssl_check_hostname=False"
