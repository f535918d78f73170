"""Alert messages on Pub/Sub, in order per account; a replay sends them again, so subscribers go by transaction id."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import BatchSettings, PublisherOptions

from fraud.alerts.alert import Alert, encode_alert

PUBLISH_TIMEOUT_S = 60


@dataclass(frozen=True)
class AlertTopic:
    """The topic that anyone may subscribe to."""

    project: str
    topic: str

    @cached_property
    def _publisher(self) -> PublisherClient:
        return PublisherClient(
            batch_settings=BatchSettings(max_latency=0.005),
            publisher_options=PublisherOptions(enable_message_ordering=True),
        )

    def publish(self, alerts: Sequence[Alert]) -> None:
        """Publish alerts and wait until Pub/Sub holds them. Raises what Pub/Sub answers after its own retries."""
        path = self._publisher.topic_path(self.project, self.topic) if alerts else ""
        futures = [
            self._publisher.publish(
                path, encode_alert(alert), alert.sender_account_id, severity=alert.severity, type=alert.type
            )
            for alert in alerts
        ]
        for alert, future in zip(alerts, futures, strict=True):
            try:
                future.result(PUBLISH_TIMEOUT_S)
            except Exception:
                # a failed message stops its account's later ones until told otherwise: the retry comes as a whole
                self._publisher.resume_publish(path, alert.sender_account_id)
                raise
