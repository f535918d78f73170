"""What alert_fanout is pushed of `alert-notifications`, and delivers to channels.

Each channel has a push subscription and a path of its own, and calls of its own number: one that is slow or dead
delays neither another nor the record.
"""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

import structlog
from flask import Request, Response

from fraud.alerts.notification import Notification
from fraud.channels.delivery import Delivery, DeliveryState, to_channel
from fraud.errors import PermanentError, RetryableError
from fraud_service.alerts.notifications import DEAD_LETTER_TOPIC
from fraud_service.cards.erased import from_attributes
from fraud_service.channels.receiver import Receiver
from fraud_service.channels.record import Deliveries
from fraud_service.channels.settings import ChannelSettings
from fraud_service.clock import now
from fraud_service.http.problem import ProblemError
from fraud_service.http.router import Endpoint
from fraud_service.pubsub.push import PushMessage, push_endpoint, read_message
from fraud_service.stores.documents import documents

log = structlog.get_logger()


def routes() -> Mapping[str, Endpoint]:
    """Return the endpoint: `/channels/<name>` takes the notifications for each configured channel."""
    settings = ChannelSettings()
    receivers = [
        Receiver(channel, settings.keys(channel), settings.places, settings.alert_delivery_timeout_seconds)
        for channel in settings.alert_channels
    ]
    return {"POST /channels/<name>": _by_name({one.channel.name: _to_channel(one, settings) for one in receivers})}


def deliver(message: PushMessage, receiver: Receiver, settings: ChannelSettings) -> None:
    """Make the next attempt of a delivery, if it is due.

    Raises PermanentError once it is given up, SubjectErasedError where what it tells of was erased, and RetryableError
    until it has ended.
    """
    notification = read_message(message, Notification, "notification")
    deliveries = Deliveries(documents(), settings.persistence, from_attributes(message.attributes))
    with receiver.place():
        delivery = deliveries.begin(to_channel(notification, receiver.channel.name), now())
        if delivery.state is DeliveryState.PENDING:
            outcome = receiver.post(notification, message.data, now())
            delivery = deliveries.end(delivery, outcome, now())
            _log(delivery)
    if delivery.state is not DeliveryState.ACCEPTED:
        raise _failure(delivery)


def _to_channel(receiver: Receiver, settings: ChannelSettings) -> Endpoint:
    return push_endpoint(partial(deliver, receiver=receiver, settings=settings), DEAD_LETTER_TOPIC)


def _by_name(endpoints: Mapping[str, Endpoint]) -> Endpoint:
    def endpoint(request: Request, name: str) -> Response:
        if name not in endpoints:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such channel")
        return endpoints[name](request)

    return endpoint


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
