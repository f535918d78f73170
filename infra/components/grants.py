"""What one program may do with the resources of others, each granted on the resource and not on the project."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.identity import Identity
from infra.components.place import Place


@dataclass(frozen=True)
class GrantsArgs:
    """All by a short name: `topics` it publishes to, `buckets` with a role each, `tables` whose rows it may change.

    `dataset` is the warehouse with its role on it.
    """

    place: Place
    identity: Identity
    topics: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    buckets: Mapping[str, tuple[pulumi.Input[str], str]] = field(default_factory=dict)
    dataset: tuple[pulumi.Input[str], str] | None = None
    tables: Mapping[str, gcp.bigquery.Table] = field(default_factory=dict)


class Grants(Component):
    """The rights of one service account."""

    def __init__(self, name: str, args: GrantsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Grants", name, args.place, opts)
        child = pulumi.ResourceOptions(parent=self, hooks=args.place.grants)
        member = args.identity.member
        for topic, topic_id in args.topics.items():
            gcp.pubsub.TopicIAMMember(
                f"{name}-{topic}",
                project=args.place.project,
                topic=topic_id,
                role="roles/pubsub.publisher",
                member=member,
                opts=child,
            )
        for bucket, (bucket_name, role) in args.buckets.items():
            gcp.storage.BucketIAMMember(f"{name}-{bucket}", bucket=bucket_name, role=role, member=member, opts=child)
        if args.dataset is not None:
            dataset, role = args.dataset
            gcp.bigquery.DatasetIamMember(
                f"{name}-dataset",
                project=args.place.project,
                dataset_id=dataset,
                role=role,
                member=member,
                opts=child,
            )
        for short, table in args.tables.items():
            gcp.bigquery.IamMember(
                f"{name}-{short}",
                project=args.place.project,
                dataset_id=table.dataset_id,
                table_id=table.table_id,
                role="roles/bigquery.dataEditor",
                member=member,
                opts=child,
            )
        self.register_outputs({})
