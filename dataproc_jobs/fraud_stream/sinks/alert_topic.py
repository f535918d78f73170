"""Alert messages on Pub/Sub, in order per account; a replay sends them again, so subscribers go by transaction id."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from google.api_core.exceptions import GoogleAPICallError
from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.publisher.exceptions import PublishToPausedOrderingKeyException
from google.cloud.pubsub_v1.publisher.futures import Future
from google.cloud.pubsub_v1.types import BatchSettings, PublisherOptions

from fraud.alerts.alert import Alert, encode_alert
from fraud.alerts.coalescing import messages
from fraud_stream.sinks.answers import needing
from fraud_stream.sinks.patience import Patience


@dataclass(frozen=True)
class AlertTopic:
    """The topic that anyone may subscribe to."""

    project: str
    topic: str
    patience: Patience = field(default_factory=Patience)

    @cached_property
    def _publisher(self) -> PublisherClient:
        # The client's own retry has no end where messages are ordered: ours has.
        return PublisherClient(
            batch_settings=BatchSettings(max_latency=0.005),
            publisher_options=PublisherOptions(
                enable_message_ordering=True, retry=None, timeout=self.patience.answer_s
            ),
        )

    def publish(self, alerts: Sequence[Alert]) -> None:
        """Publish what is to be told of alerts and wait until Pub/Sub holds it.

        Raises MissingRightError, or what Pub/Sub answers when it stays out of reach.
        """
        left = messages(alerts)
        if not left:
            return
        path = self._publisher.topic_path(self.project, self.topic)

        def sent() -> None:
            failures = self._send(path, left)
            left[:] = [alert for alert, _ in failures]
            if failures:
                raise _reason([error for _, error in failures])

        with needing("pubsub.topics.publish (roles/pubsub.publisher)", path):
            self.patience(sent, "Pub/Sub")

    def _send(self, path: str, alerts: Sequence[Alert]) -> list[tuple[Alert, BaseException]]:
        """Publish alerts; return those that failed, in their order, and why."""
        futures: list[Future] = [
            self._publisher.publish(
                path, encode_alert(alert), alert.sender_account_id, severity=alert.severity, type=alert.type
            )
            for alert in alerts
        ]
        answers = [_failure(future, 2 * self.patience.answer_s) for future in futures]
        failures = [(alert, error) for alert, error in zip(alerts, answers, strict=True) if error]
        for account in {alert.sender_account_id for alert, _ in failures}:
            # a failed message stops its account's later ones until told otherwise; an account that is not stopped
            # says so by an error, which must not hide the reason
            with suppress(RuntimeError):
                self._publisher.resume_publish(path, account)
        return failures


def _failure(future: Future, limit_s: float) -> BaseException | None:
    try:
        error: BaseException | None = future.exception(limit_s)
    except TimeoutError as late:
        return late
    return error


def _reason(errors: Sequence[BaseException]) -> BaseException:
    """Return what stopped the messages, rather than that others were stopped by it."""
    told = [error for error in errors if isinstance(error, GoogleAPICallError)]
    others = [error for error in errors if not isinstance(error, PublishToPausedOrderingKeyException)]
    return [*told, *others, *errors][0]
