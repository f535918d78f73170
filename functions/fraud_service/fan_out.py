"""What alert_fanout is pushed: alerts, which it records, and notifications of them, which it delivers to channels.

Each channel has a push subscription and a path of its own, and calls of its own number: one that is slow or dead
delays neither another nor the record.
"""

from collections.abc import Mapping
from functools import partial

import structlog

from fraud.delivery import Delivery, DeliveryState, to_channel
from fraud.errors import PermanentError, RetryableError
from fraud.notification import Notification
from fraud_service.alert_message import read_alert
from fraud_service.alert_records import ALERTS, TIMEOUT_S, AlertRecords
from fraud_service.channel import ChannelSettings
from fraud_service.clients import documents
from fraud_service.clock import now
from fraud_service.deliveries import Deliveries
from fraud_service.erased_cards import from_attributes
from fraud_service.message import read_message
from fraud_service.notification_topic import DEAD_LETTER_TOPIC, publish_notification
from fraud_service.push import PushMessage, push_endpoint
from fraud_service.receiver import Receiver
from fraud_service.router import Endpoint

log = structlog.get_logger()

ALERT_DEAD_LETTER_TOPIC = "fraud-alerts-dead-letter"


def routes() -> Mapping[str, Endpoint]:
    """Return the endpoints: `/` takes alerts, `/channels/<name>` the notifications for each configured channel."""
    settings = ChannelSettings()
    receivers = [
        Receiver(channel, settings.keys(channel), settings.places, settings.alert_delivery_timeout_seconds)
        for channel in settings.alert_channels
    ]
    return {
        "POST /": push_endpoint(record_alert, ALERT_DEAD_LETTER_TOPIC),
        **{f"POST /channels/{one.channel.name}": _to_channel(one, settings) for one in receivers},
    }


def check_ready() -> None:
    """Make a first call to the record; raises what that raises."""
    documents().collection(ALERTS).document("ready").get(timeout=TIMEOUT_S)


def record_alert(message: PushMessage) -> None:
    """Record an alert and publish the notification it causes; repeated, it publishes the same again.

    Raises PermanentError for what is no alert, SubjectErasedError where its payment was erased, RetryableError while a
    store is down.
    """
    alert = read_alert(message)
    told = AlertRecords(documents()).record(alert, now())
    if told:
        publish_notification(told, alert)


def deliver(message: PushMessage, receiver: Receiver, settings: ChannelSettings) -> None:
    """Make the next attempt of a delivery, if it is due.

    Raises PermanentError once it is given up, SubjectErasedError where what it tells of was erased, and RetryableError
    until it has ended.
    """
    told = read_message(message, Notification, "notification")
    deliveries = Deliveries(documents(), settings.persistence, from_attributes(message.attributes))
    with receiver.place():
        delivery = deliveries.begin(to_channel(told, receiver.channel.name), now())
        if delivery.state is DeliveryState.PENDING:
            outcome = receiver.post(told, message.data, now())
            delivery = deliveries.end(delivery, outcome, now())
            _log(delivery)
    if delivery.state is not DeliveryState.ACCEPTED:
        raise _failure(delivery)


def _to_channel(receiver: Receiver, settings: ChannelSettings) -> Endpoint:
    return push_endpoint(partial(deliver, receiver=receiver, settings=settings), DEAD_LETTER_TOPIC)


def _failure(delivery: Delivery) -> PermanentError | RetryableError:
    reason = f"channel {delivery.channel}: {delivery.last_reason}, {delivery.attempts} attempts"
    return PermanentError(reason) if delivery.state is DeliveryState.GIVEN_UP else RetryableError(reason)


def _log(delivery: Delivery) -> None:
    log.info(
        "delivery",
        channel=delivery.channel,
        notification_id=delivery.notification_id,
        state=delivery.state,
        attempts=delivery.attempts,
        status=delivery.last_status,
    )
