"""The far end of a channel: posts to it, few at a time and never for long."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import BoundedSemaphore

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError, SSLError

from fraud.alerts.notification import Notification
from fraud.channels.delivery import Outcome
from fraud.channels.signature import signed_headers
from fraud.channels.slack import slack_message
from fraud.errors import RetryableError
from fraud_service.channels.settings import Channel, ChannelKind

_HEADERS = {"Content-Type": "application/json", "User-Agent": "payment-fraud-alerts", "Connection": "close"}
_SECONDS = re.compile(r"[0-9]{1,6}")
_TOLD: dict[type[HTTPError], str] = {
    NewConnectionError: "no connection",
    ConnectTimeoutError: "no connection in time",
    ReadTimeoutError: "no answer in time",
    SSLError: "no trusted TLS connection",
}


class Receiver:
    """One channel's far end. `places` bounds the calls under way, `timeout_s` connecting and each wait for an answer.

    `keys` sign what is posted to a webhook.
    """

    def __init__(self, channel: Channel, keys: Sequence[bytes], places: int, timeout_s: float) -> None:
        self.channel = channel
        self._keys = keys
        self._places = BoundedSemaphore(places)
        timeout = urllib3.Timeout(connect=timeout_s, read=timeout_s)
        self._pool = urllib3.PoolManager(maxsize=places, timeout=timeout, retries=False)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the channel's places. Raises RetryableError where all are taken: nothing waits for a channel."""
        if not self._places.acquire(blocking=False):
            raise RetryableError(f"channel {self.channel.name}: as many calls are under way as may be")
        try:
            yield
        finally:
            self._places.release()

    def post(self, notification: Notification, document: bytes, now: datetime) -> Outcome:
        """Post a notification, whose JSON is `document`, and return how that ended; redirects are not followed."""
        is_slack = self.channel.kind is ChannelKind.SLACK
        body = slack_message(notification) if is_slack else document
        headers = _HEADERS | {"webhook-id": notification.notification_id}
        if self._keys:
            headers |= signed_headers(self._keys, notification.notification_id, now, body)
        url = str(self.channel.url.get_secret_value())
        try:
            response = self._pool.request(
                "POST", url, body=body, headers=headers, redirect=False, preload_content=False
            )
        except HTTPError as error:  # it can name the address
            return Outcome(None, _TOLD.get(type(error), "the connection broke"))
        response.close()
        return Outcome(
            response.status, f"the receiver answers {response.status}", _seconds(response.headers.get("Retry-After"))
        )


def _seconds(text: str | None) -> timedelta:
    """Return what Retry-After asks for in seconds; a date is taken for nothing, since it would need their clock."""
    return timedelta(seconds=int(text)) if text and _SECONDS.fullmatch(text) else timedelta()
