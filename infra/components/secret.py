"""Secret Manager: a secret, its current version, and who may read it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.place import Place


@dataclass(frozen=True)
class SecretArgs:
    """`value` must be a secret output, which Pulumi encrypts in its state; `readers` are members by program."""

    place: Place
    value: pulumi.Output[str]
    readers: Mapping[str, pulumi.Input[str]]


class Secret(Component):
    """A new value is a new version; the version before stays readable until it is destroyed by hand."""

    def __init__(self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Secret", name, args.place, opts)
        secret = gcp.secretmanager.Secret(
            name,
            secret_id=name,
            project=args.place.project,
            replication=gcp.secretmanager.SecretReplicationArgs(auto=gcp.secretmanager.SecretReplicationAutoArgs()),
            labels=args.place.labels,
            deletion_protection=args.place.protected,
            opts=pulumi.ResourceOptions(parent=self, protect=args.place.protected),
        )
        self.version = gcp.secretmanager.SecretVersion(
            name,
            secret=secret.id,
            secret_data=args.value,
            deletion_policy="ABANDON",  # a rotated version may still be the one a running batch reads
            opts=pulumi.ResourceOptions(parent=self, protect=False),
        )
        self.secret_id = secret.secret_id
        for reader, member in args.readers.items():
            gcp.secretmanager.SecretIamMember(
                f"{name}-{reader}",
                project=args.place.project,
                secret_id=secret.secret_id,
                role="roles/secretmanager.secretAccessor",
                member=member,
                opts=pulumi.ResourceOptions(parent=self, hooks=args.place.grants),
            )
        self.register_outputs({})
