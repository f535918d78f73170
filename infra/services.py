"""Every HTTP service, each described in one place: a new one is a folder in functions/ and an entry here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.archives import FUNCTIONS

HMAC_KEYS = "pii-hmac-keys"
REDIS_URL = "redis-url"
ALERT_CHANNELS = "alert-channels"
ALERT_CHANNEL_SECRETS = "alert-channel-secrets"
KAFKA_ERASURE_LOGIN = "kafka-erasure-password"
FAN_OUT = "alert_fanout"
SUPERVISOR = "stream_supervisor"
ERASURE = "gdpr_erasure"
AUTHORIZE = "authorize_payment"
DASHBOARD = "fraud_dashboard"
DRILL = "erasure_drill"


TOPICS = ("fraud-alerts", "alert-notifications", "card-actions", "erasure-requests", "erasures")
"""Every topic; each has a dead-letter topic beside it, whose messages a subscription of its name keeps."""

OPEN_TOPIC = "fraud-alerts"
"""Other teams pull it through a subscription of their own."""


def dead_letters(topic: str) -> str:
    """Return the name of a topic's dead-letter topic, and of the subscription that keeps its messages."""
    return f"{topic}-dead-letter"


@dataclass(frozen=True)
class Pushed:
    """A push subscription: every message of `topic`, in the order of its key if `ordered`, POSTed to `path`.

    What is still refused after `attempts` goes to the topic's dead letters; `counts_itself`: unless the function has
    given up before.
    """

    name: str
    topic: str
    path: str = "/"
    ordered: bool = True
    attempts: int = 10
    counts_itself: bool = False


def channel_push(name: str) -> Pushed:
    """Return the subscription of a channel of alerts.

    The function counts its own attempts and gives up by itself; a push that comes early is refused, and counts here.
    So this has Pub/Sub's most attempts.
    """
    topic, path = "alert-notifications", f"/channels/{name}"
    return Pushed(f"alert-channel-{name}", topic, path, ordered=False, attempts=100, counts_itself=True)


@dataclass(frozen=True, eq=False)
class Service:
    """A Cloud Run function.

    `name` is its name in the project, `folder` its source, `entry_point` the function in its main.py. `secrets` maps
    environment variables to secrets. `pushed` is what Pub/Sub sends it, `publishes` where it may publish to,
    `dataset_role` what it may do in BigQuery, `tables` whose rows it may change besides. `keeps_alerts`: writes
    documents about alerts, and must know how long they are kept. `is_waited_for`: a payment waits for its answer, so
    that instances are kept warm. `is_async`: served by an event loop, else by as many threads as an instance gets
    requests at once. `is_public`: called from outside the project, by those the stack's settings name.
    """

    name: str
    folder: str
    entry_point: str
    purpose: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    pushed: tuple[Pushed, ...] = ()
    publishes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    dataset_role: str | None = None
    tables: tuple[str, ...] = ()
    schedule: str | None = None
    is_waited_for: bool = False
    is_public: bool = False
    is_async: bool = False
    keeps_alerts: bool = False
    concurrency: int = 40
    most_instances: int | None = None
    memory: str = "512Mi"
    timeout_s: int = 60

    @property
    def environment(self) -> dict[str, str]:
        """What functions-framework is told."""
        return {"FUNCTION_USE_ASGI": "true"} if self.is_async else {"THREADS": str(self.concurrency)}

    @property
    def account(self) -> str:
        """The first part of its service account's address, and its name in Cloud Run, which knows no underscore."""
        return self.name.replace("_", "-")


_FIRESTORE = "roles/datastore.user"
_QUERIES = "roles/bigquery.jobUser"

CATALOGUE = (
    Service(
        name=FAN_OUT,
        folder="alert_fanout",
        entry_point="alert_fanout",
        keeps_alerts=True,
        purpose="Records alerts and delivers them to channels",
        secrets={"ALERT_CHANNELS": ALERT_CHANNELS, "ALERT_CHANNEL_SECRETS": ALERT_CHANNEL_SECRETS},
        pushed=(Pushed("alert-fanout", "fraud-alerts"),),
        publishes=("alert-notifications", "alert-notifications-dead-letter", "fraud-alerts-dead-letter"),
        roles=(_FIRESTORE,),
    ),
    Service(
        name="automation_rules",
        folder="automation_rules",
        entry_point="automation_rules",
        keeps_alerts=True,
        purpose="Decides what becomes of a card after an alert",
        secrets={"REDIS_URL": REDIS_URL},
        pushed=(Pushed("automation-rules", "fraud-alerts"),),
        publishes=("card-actions", "fraud-alerts-dead-letter"),
        roles=(_FIRESTORE,),
    ),
    Service(
        name=AUTHORIZE,
        folder="authorize_payment",
        entry_point="authorize_payment",
        purpose="Answers a payment gateway before a charge",
        secrets={"REDIS_URL": REDIS_URL, "PII_HMAC_KEYS": HMAC_KEYS},
        is_async=True,
        roles=(_FIRESTORE,),
        is_waited_for=True,
        is_public=True,
        concurrency=80,
        timeout_s=10,
    ),
    Service(
        name="manual_review",
        folder="manual_review",
        entry_point="manual_review",
        keeps_alerts=True,
        purpose="Lists, claims and decides reviews, releases cards",
        secrets={"REDIS_URL": REDIS_URL},
        publishes=("card-actions",),
        roles=(_FIRESTORE,),
        is_public=True,
    ),
    Service(
        name="rule_desk",
        folder="rule_desk",
        entry_point="rule_desk",
        purpose="Reads, tries and changes rules, detections and lists, keeps labels",
        secrets={"REDIS_URL": REDIS_URL},
        roles=(_FIRESTORE, _QUERIES),
        dataset_role="roles/bigquery.dataViewer",
        tables=("payment_labels",),
        schedule="*/5 * * * *",
        is_public=True,
    ),
    Service(
        name=ERASURE,
        folder="gdpr_erasure",
        entry_point="gdpr_erasure",
        purpose="Erases a subject from every store, with a receipt, and reports what is held",
        secrets={"REDIS_URL": REDIS_URL, "PII_HMAC_KEYS": HMAC_KEYS, "KAFKA_SASL_PASSWORD": KAFKA_ERASURE_LOGIN},
        pushed=(Pushed("gdpr-erasure", "erasure-requests", ordered=False),),
        publishes=("erasure-requests", "card-actions", "erasures"),
        roles=(_FIRESTORE, _QUERIES),
        dataset_role="roles/bigquery.dataEditor",
        schedule="* * * * *",
        is_public=True,
        timeout_s=540,
    ),
    Service(
        name=DASHBOARD,
        folder="fraud_dashboard",
        entry_point="fraud_dashboard",
        keeps_alerts=True,
        purpose="Shows alerts as they happen, reviews, rules, accounts, subjects and the health of the system",
        secrets={"REDIS_URL": REDIS_URL, "KAFKA_SASL_PASSWORD": KAFKA_ERASURE_LOGIN},
        is_async=True,  # a page's stream of events stays open: no thread each
        publishes=("card-actions",),
        roles=(_FIRESTORE, _QUERIES),
        dataset_role="roles/bigquery.dataViewer",
        is_public=True,
        concurrency=250,
        timeout_s=3_600,
    ),
    Service(
        name=DRILL,
        folder="erasure_drill",
        entry_point="erasure_drill",
        purpose="Erases a synthetic subject through the public endpoint, monthly",
        secrets={"REDIS_URL": REDIS_URL, "PII_HMAC_KEYS": HMAC_KEYS},
        roles=(_FIRESTORE, _QUERIES),
        dataset_role="roles/bigquery.dataViewer",
        tables=("payment_transactions", "pii_masking_audit"),
        schedule="0 6 1 * *",
        concurrency=1,
        most_instances=1,
        timeout_s=1_200,
    ),
    Service(
        name=SUPERVISOR,
        folder="stream_supervisor",
        entry_point="stream_supervisor",
        purpose="Keeps exactly one batch of the streaming job alive",
        roles=(_FIRESTORE, "roles/dataproc.editor"),
        schedule="* * * * *",
        concurrency=1,
        most_instances=1,
    ),
)
"""All there are to be; what is deployed is derived from the tree, so that nothing is promised that is not there."""


def deployable(functions: Path = FUNCTIONS) -> tuple[Service, ...]:
    """Return the services whose source exists."""
    return tuple(service for service in CATALOGUE if (functions / service.folder / "main.py").exists())
