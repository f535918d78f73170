"""Cloud Storage: buckets nobody outside can be let into."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.place import Place

_WEEK_S = 604_800


@dataclass(frozen=True)
class BucketArgs:
    """`purpose` ends the bucket's name."""

    place: Place
    purpose: str


class Bucket(pulumi.ComponentResource):
    """A private bucket; what is deleted by mistake can be had back for a week."""

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("fraud:cloud:Bucket", name, None, opts)
        self.bucket = gcp.storage.Bucket(
            name,
            name=f"{args.place.project}-fraud-{args.purpose}",
            project=args.place.project,
            location=args.place.region.upper(),
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            force_destroy=False,
            deletion_policy=args.place.deletion_policy,
            soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(retention_duration_seconds=_WEEK_S),
            labels=args.place.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = self.bucket.name
        self.register_outputs({})
