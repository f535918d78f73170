"""What the erasure function and its callers are told: where they reach, how long raw records can outlive a request."""

import pulumi

from infra.components.functions import Function
from infra.components.grants import Grants, GrantsArgs
from infra.components.identity import Identity
from infra.components.kafka import SEGMENT_HOURS
from infra.foundation import Foundation


def reach(base: Foundation, retention_hours: int) -> dict[str, pulumi.Input[str]]:
    """Return the function's settings; Kafka deletes closed segments only: a record may stay that much longer."""
    return {
        "BIGQUERY_DATASET": base.warehouse.dataset.dataset_id,
        **ends(base),
        "RAW_RETENTION_HOURS": str(retention_hours + SEGMENT_HOURS),
        "CHECKPOINT_LOCATION": base.checkpoint,
    }


def ends(base: Foundation) -> dict[str, pulumi.Input[str]]:
    """Return where the ends of the raw topic are asked for, and as whom: a login that may do nothing else."""
    return {
        "KAFKA_BOOTSTRAP_SERVERS": base.kafka.bootstrap_servers,
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_USERNAME": base.kafka.logins["erasure"].username,
    }


def let_look(base: Foundation, eraser: Identity) -> Grants:
    """Let the function read how far the job has come by its own account."""
    bucket = {"checkpoints": (base.checkpoints.name, "roles/storage.objectViewer")}
    return Grants("gdpr-erasure-progress", GrantsArgs(base.place, eraser, buckets=bucket))


def let_ask(base: Foundation, name: str, asker: Identity, erasure: Function) -> dict[str, pulumi.Input[str]]:
    """Let another function call the endpoint as any other caller does; return its settings."""
    erasure.admit(name, asker.member)
    return {"BIGQUERY_DATASET": base.warehouse.dataset.dataset_id, "ERASURE_URL": erasure.audience}
