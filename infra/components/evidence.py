"""Evidence: log lines that nobody can shorten, and who read the keys, the records and the rows.

Receipts of erasures are witnessed by the log (`receipt_issued`); it must outlive whoever might alter the records.
"""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.place import Place

RETENTION_DAYS = 400
"""Longer than the year for which an audit trail is kept (PCI DSS 10.5.1)."""

EVENTS = ("receipt_issued", "subject_report_given", "subject_act", "erasure_drill_passed", "erasure_drill_failed")
"""What the functions say of erasures and of access to a subject's data; no line holds an identifier."""

AUDITED = {
    "secretmanager.googleapis.com": ("DATA_READ",),
    "datastore.googleapis.com": ("DATA_READ", "DATA_WRITE"),
}
"""Whose data-access logs are off until they are turned on: the keys, and Firestore. BigQuery's are always on
(docs.cloud.google.com/bigquery/docs/introduction-audit-workloads)."""


_NAMED = " OR ".join(f'"{event}"' for event in EVENTS)
LINES = f'jsonPayload.event=({_NAMED}) OR log_id("cloudaudit.googleapis.com/data_access")'
"""Which lines are kept."""


@dataclass(frozen=True)
class EvidenceArgs:
    """In a protected place the bucket is locked: its retention can never be shortened, nor can it be deleted."""

    place: Place


class Evidence(Component):
    """The bucket of logs, what goes there, and the logs that are turned on for it."""

    def __init__(self, name: str, args: EvidenceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Evidence", name, args.place, opts)
        place, child = args.place, pulumi.ResourceOptions(parent=self)
        bucket = gcp.logging.ProjectBucketConfig(
            name,
            project=place.project,
            location=place.region,
            bucket_id=f"fraud-{name}",
            retention_days=RETENTION_DAYS,
            locked=place.protected,
            opts=child,
        )
        gcp.logging.ProjectSink(
            name,
            name=f"fraud-{name}",
            project=place.project,
            destination=bucket.id.apply(lambda path: f"logging.googleapis.com/{path}"),
            filter=LINES,
            unique_writer_identity=True,
            opts=child,
        )
        for service, kinds in AUDITED.items():
            gcp.projects.IAMAuditConfig(
                f"{name}-{service.split('.')[0]}",
                project=place.project,
                service=service,
                audit_log_configs=[gcp.projects.IAMAuditConfigAuditLogConfigArgs(log_type=kind) for kind in kinds],
                opts=child,
            )
        self.register_outputs({})
