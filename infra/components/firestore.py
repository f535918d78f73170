"""Firestore: the record of alerts, cards, reviews, rules and erasures, with its indexes and expiries."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.place import Place

Sorting = tuple[str, str]

INDEXES: dict[str, tuple[tuple[Sorting, ...], ...]] = {
    "decisions": ((("sender_account_id", "ASCENDING"), ("event_time", "ASCENDING")),),
    "reviews": (
        (("state", "ASCENDING"), ("opened_at", "ASCENDING")),
        (("state", "ASCENDING"), ("opened_at", "DESCENDING")),
        (("state", "ASCENDING"), ("fraud_score", "DESCENDING"), ("opened_at", "ASCENDING")),
        (("verdict", "ASCENDING"), ("decided_at", "ASCENDING")),
    ),
}
"""Composite indexes by collection; the emulator enforces none."""

EXPIRIES = dict.fromkeys(
    (
        "alerts",
        "campaign_things",
        "campaigns",
        "decisions",
        "deliveries",
        "erased_cards",
        "incident_accounts",
        "incidents",
        "leases",
        "looks",
        "reviews",
        "subject_proposals",
    ),
    "expires_at",
)
"""The field by which Firestore deletes a document, by collection; within a day, and not on the emulator."""


@dataclass(frozen=True)
class FirestoreArgs:
    """`protected` places also keep seven days of versions."""

    place: Place


class Firestore(Component):
    """The project's default database."""

    def __init__(self, name: str, args: FirestoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Firestore", name, args.place, opts)
        child = pulumi.ResourceOptions(parent=self)
        protected = args.place.protected
        database = gcp.firestore.Database(
            name,
            name="(default)",
            project=args.place.project,
            location_id=args.place.region,
            type="FIRESTORE_NATIVE",
            delete_protection_state="DELETE_PROTECTION_ENABLED" if protected else "DELETE_PROTECTION_DISABLED",
            deletion_policy=args.place.deletion_policy,
            point_in_time_recovery_enablement=(
                "POINT_IN_TIME_RECOVERY_ENABLED" if protected else "POINT_IN_TIME_RECOVERY_DISABLED"
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=protected),
        )
        for collection, indexes in INDEXES.items():
            for number, sortings in enumerate(indexes):
                gcp.firestore.Index(
                    f"{name}-{collection}-{number}",
                    project=args.place.project,
                    database=database.name,
                    collection=collection,
                    query_scope="COLLECTION",
                    fields=[gcp.firestore.IndexFieldArgs(field_path=path, order=order) for path, order in sortings],
                    opts=child,
                )
        for collection, field in EXPIRIES.items():
            gcp.firestore.Field(
                f"{name}-{collection}-expiry",
                project=args.place.project,
                database=database.name,
                collection=collection,
                field=field,
                ttl_config=gcp.firestore.FieldTtlConfigArgs(),
                opts=child,
            )
        self.register_outputs({})
