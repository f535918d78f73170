"""The topic between the record of alerts and the channels: each channel has a subscription of its own."""

from google.api_core.exceptions import GoogleAPIError

from fraud.alerts.alert import Alert
from fraud.errors import RetryableError
from fraud_service.cards.erased import card_payment, to_attributes
from fraud_service.pubsub.topic import publisher
from fraud_service.settings import project

TOPIC = "alert-notifications"
DEAD_LETTER_TOPIC = f"{TOPIC}-dead-letter"
PUBLISH_TIMEOUT_S = 30


def publish_notification(told: bytes, alert: Alert) -> None:
    """Publish what is told of an alert and wait until Pub/Sub holds it. Raises RetryableError while it is out of reach.

    It has no ordering key: one that a receiver refuses must not hold back the next. Its attributes, which no receiver
    sees, tell an erasure's payments.
    """
    client, attributes = publisher(), to_attributes(card_payment(alert))
    try:
        client.publish(client.topic_path(project(), TOPIC), told, **attributes).result(PUBLISH_TIMEOUT_S)
    except (GoogleAPIError, TimeoutError) as error:
        raise RetryableError(f"Pub/Sub does not answer: {type(error).__name__}") from error
