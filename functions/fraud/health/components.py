"""What the system stands on: whether each part answers, since when it does not, and what to do then."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from fraud.health.stream import Detection, detection

SILENT_AFTER = timedelta(seconds=5)
"""A part that has been asked for so long and has not answered is down, whatever its client still hopes for."""


class Component(StrEnum):
    """A part, as people call it."""

    KAFKA = "Kafka"
    REDIS = "Redis"
    FIRESTORE = "Firestore"
    BIGQUERY = "BigQuery"
    PUBSUB = "Pub/Sub"
    JOB = "Detection job"


ADVICE = {
    Component.KAFKA: "Payments wait at their producers. Look at the cluster and the login; the job goes on by itself.",
    Component.REDIS: "Nothing is lost: batches wait, cards are read from Firestore. Look at the instance's events.",
    Component.FIRESTORE: "Cards, reviews and rules cannot be read or changed. Look at Google's status page and quotas.",
    Component.BIGQUERY: "No batch can end: payments wait in Kafka. Look at quotas, rights and Google's status page.",
    Component.PUBSUB: "Alerts wait, and with them their batch. Look at quotas, rights and Google's status page.",
    Component.JOB: "Payments wait in Kafka. Look at the batch's last lines; the supervisor starts it again.",
}
"""What is to be known and done first; docs/runbook.md says more, in the section that `section` names."""


def section(component: Component) -> str:
    """Return the heading of the runbook's part about a component that does not answer."""
    return f"{component.value.lower().replace('/', '').replace(' ', '-')}-down"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a component stands, as far as this process has asked it; moments of UTC, None for what has not been.

    `asked_at` is set while an answer is awaited; `error` is the last one, and stays when the component is back.
    """

    component: Component
    contact_at: datetime | None = None
    down_since: datetime | None = None
    error: str = ""
    asked_at: datetime | None = None

    def asked(self, now: datetime) -> "Standing":
        """Return it while an answer is awaited."""
        return replace(self, asked_at=now)

    def answered(self, now: datetime) -> "Standing":
        """Return it after an answer."""
        return replace(self, contact_at=now, down_since=None, asked_at=None)

    def failed(self, now: datetime, error: str) -> "Standing":
        """Return it after a call that failed."""
        return replace(self, down_since=self.down_since or self.asked_at or now, error=error, asked_at=None)

    def at(self, now: datetime) -> "Standing":
        """Return it as it is to be told of at a moment: who has not answered for long is down since it was asked."""
        if self.asked_at is None or now - self.asked_at < SILENT_AFTER:
            return self
        return replace(self, down_since=self.down_since or self.asked_at, error="no answer")


def job_standing(age_s: float | None, now: datetime) -> Standing:
    """Return how the job stands whose last sign of life is so old; None: it has not given any."""
    contact = None if age_s is None else now - timedelta(seconds=age_s)
    if detection(age_s) is not Detection.SILENT:
        return Standing(Component.JOB, contact)
    return Standing(Component.JOB, contact, contact, "no sign of life")


def component_metrics(standings: Iterable[Standing]) -> str:
    """Return which components answer, in Prometheus' text format; who has not been asked yet is left out."""
    lines = [
        f'fraud_component_up{{component="{standing.component}"}} {int(standing.down_since is None)}\n'
        for standing in standings
        if standing.contact_at or standing.down_since
    ]
    head = "# HELP fraud_component_up Whether it answers\n# TYPE fraud_component_up gauge\n"
    return head + "".join(lines) if lines else ""
