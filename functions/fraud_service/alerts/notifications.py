"""The topic between the record of alerts and the channels: each channel has a subscription of its own."""

from fraud.alerts.alert import Alert
from fraud_service.cards.erased import card_payment, to_attributes
from fraud_service.pubsub.topic import publish

TOPIC = "alert-notifications"
DEAD_LETTER_TOPIC = f"{TOPIC}-dead-letter"


def publish_notification(notification: bytes, alert: Alert) -> None:
    """Publish an alert's notification and wait until Pub/Sub holds it. Raises RetryableError while it is out of reach.

    It has no ordering key: one that a receiver refuses must not hold back the next. Its attributes, which no receiver
    sees, tell an erasure's payments.
    """
    publish(TOPIC, notification, **to_attributes(card_payment(alert)))
