"""Cloud Storage: buckets nobody outside can be let into."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.place import Place

_WEEK_S = 604_800
_DAYS = {"archives": None, "checkpoints": None, "staging": 30}
"""After how many days an object is deleted, by the bucket's purpose: what is still named by somebody never is."""


@dataclass(frozen=True)
class BucketArgs:
    """`purpose` ends the bucket's name; `keeps_deleted`: what is deleted by mistake can be had back for a week."""

    place: Place
    purpose: str
    keeps_deleted: bool = False


class Bucket(Component):
    """A private bucket; one that protects nothing goes with all that is in it."""

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Bucket", name, args.place, opts)
        self.bucket = gcp.storage.Bucket(
            name,
            name=f"{args.place.project}-fraud-{args.purpose}",
            project=args.place.project,
            location=args.place.region.upper(),
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            force_destroy=not args.place.protected,
            deletion_policy=args.place.deletion_policy,
            soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(
                retention_duration_seconds=_WEEK_S if args.keeps_deleted else 0
            ),
            lifecycle_rules=_rules(_DAYS[args.purpose]),
            labels=args.place.labels,
            opts=pulumi.ResourceOptions(parent=self, protect=args.place.protected),
        )
        self.name = self.bucket.name
        self.register_outputs({})


def _rules(days: int | None) -> list[gcp.storage.BucketLifecycleRuleArgs]:
    """Return what is cleared away: uploads that were never ended, and objects of a certain age."""
    unfinished = gcp.storage.BucketLifecycleRuleArgs(
        action=gcp.storage.BucketLifecycleRuleActionArgs(type="AbortIncompleteMultipartUpload"),
        condition=gcp.storage.BucketLifecycleRuleConditionArgs(age=1),
    )
    if days is None:
        return [unfinished]
    old = gcp.storage.BucketLifecycleRuleArgs(
        action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"),
        condition=gcp.storage.BucketLifecycleRuleConditionArgs(age=days),
    )
    return [unfinished, old]
