"""The streaming job: its identity, its rights, its files, and the batch that the supervisor keeps alive."""

from collections.abc import Mapping

import pulumi

from infra.artifacts import JobFiles
from infra.components.dataproc import Dataproc, DataprocArgs
from infra.components.grants import Grants, GrantsArgs
from infra.components.identity import Identity, IdentityArgs
from infra.components.place import Place
from infra.components.secret import Secret
from infra.config import Stream
from infra.foundation import Foundation
from infra.services import HMAC_KEYS, OPEN_TOPIC, REDIS_URL

SECRETS = {
    "KAFKA_SASL_PASSWORD": "kafka-stream-password",
    "REDIS_URL": REDIS_URL,
    "PII_HMAC_KEYS": HMAC_KEYS,
}
"""The job's secret settings; it is told their versions' names, and reads them from Secret Manager itself."""

_ROLES = (
    "roles/dataproc.serverlessNode",  # dataproc.worker has rights on every bucket of the project
    "roles/bigquery.jobUser",
    "roles/bigquery.readSessionUser",
    "roles/datastore.viewer",  # detections and lists
)


def runner(place: Place) -> Identity:
    """Make the service account the job runs as."""
    return Identity("stream", IdentityArgs(place, "stream", "Runs the streaming job", _ROLES))


def describe(
    base: Foundation, settings: Stream, job: JobFiles, identity: Identity, secrets: Mapping[str, Secret]
) -> Dataproc:
    """Upload the job and describe its batch; a new version of a secret is a new batch, as new code is."""
    rights = Grants("stream", _grants(base, identity))
    args = DataprocArgs(
        base.place,
        job,
        base.archives.name,
        base.staging.name,
        base.network.subnet.id,
        settings,
        _environment(base, settings, secrets),
    )
    return Dataproc("dataproc", args, identity, pulumi.ResourceOptions(depends_on=[rights]))


def let_supervise(base: Foundation, supervisor: Identity, stream: Identity) -> Grants:
    """Let the supervisor submit batches that run as the stream, and ask one to stop."""
    stream.let_use("stream-supervisor-runs-stream", supervisor.member)
    bucket = {"checkpoints": (base.checkpoints.name, "roles/storage.objectUser")}
    return Grants("stream-supervisor-marker", GrantsArgs(base.place, supervisor, buckets=bucket))


def supervision(base: Foundation, settings: Stream, stream: Dataproc) -> dict[str, pulumi.Input[str]]:
    """Return the supervisor's settings."""
    return {
        "DATAPROC_REGION": base.place.region,
        "STREAM_BATCH": stream.batch,
        "CHECKPOINT_LOCATION": base.checkpoint,
        "HAND_OVER_MINUTES": str(settings.hand_over_minutes),
        "FAILURES_BEFORE_HOLD": str(settings.failures_before_hold),
        "FAILURE_WINDOW_MINUTES": str(settings.failure_window_minutes),
    }


def card_rule(settings: Stream) -> dict[str, pulumi.Input[str]]:
    """Return which digits are a card's, for the job and for whoever authorises; nothing where it is the contract's."""
    return {"UNIONPAY_WITHOUT_CHECK_DIGIT": "true"} if settings.unionpay_without_check_digit else {}


def _grants(base: Foundation, identity: Identity) -> GrantsArgs:
    return GrantsArgs(
        base.place,
        identity,
        topics={OPEN_TOPIC: base.topics[OPEN_TOPIC].topic.id},
        buckets={
            "archives": (base.archives.name, "roles/storage.objectViewer"),
            "checkpoints": (base.checkpoints.name, "roles/storage.objectAdmin"),
            "staging": (base.staging.name, "roles/storage.objectAdmin"),
            # Dataproc looks whether the bucket is there
            "staging-bucket": (base.staging.name, "roles/storage.legacyBucketReader"),
        },
        dataset=(base.warehouse.dataset.dataset_id, "roles/bigquery.dataEditor"),
    )


def _environment(base: Foundation, settings: Stream, secrets: Mapping[str, Secret]) -> dict[str, pulumi.Input[str]]:
    return {
        "GOOGLE_CLOUD_PROJECT": base.place.project,
        "BIGQUERY_DATASET": base.warehouse.dataset.dataset_id,
        "CHECKPOINT_LOCATION": base.checkpoint,
        "KAFKA_BOOTSTRAP_SERVERS": base.kafka.bootstrap_servers,
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_USERNAME": base.kafka.logins["stream"].username,
        "MAX_OFFSETS_PER_TRIGGER": str(settings.max_offsets_per_trigger),
        **({"PII_KEY_VERSION": settings.pii_key_version} if settings.pii_key_version else {}),
        **card_rule(settings),
        **{f"{variable}_SECRET": secrets[name].version.name for variable, name in SECRETS.items()},
    }
