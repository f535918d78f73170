from contextlib import ExitStack
from datetime import timedelta

import pytest
from pydantic import HttpUrl, Secret

from fraud.errors import RetryableError
from fraud_service.channels.receiver import Receiver, _seconds
from fraud_service.channels.settings import Channel, ChannelKind

CHANNEL = Channel(name="ops", kind=ChannelKind.SLACK, url=Secret(HttpUrl("https://ops.example/hush")))


def test_a_channel_has_no_more_calls_under_way_than_it_has_places() -> None:
    receiver = Receiver(CHANNEL, (), places=2, timeout_s=1)
    with ExitStack() as held:
        held.enter_context(receiver.place())
        held.enter_context(receiver.place())
        with pytest.raises(RetryableError, match="channel ops: as many calls are under way as may be"):
            held.enter_context(receiver.place())
    with receiver.place():
        pass


def test_a_place_is_free_again_after_a_failure() -> None:
    receiver = Receiver(CHANNEL, (), places=1, timeout_s=1)
    with pytest.raises(ConnectionError), receiver.place():
        raise ConnectionError
    with receiver.place():
        pass


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *[(None, 0), ("", 0), ("3", 3), ("999999", 999999)],
        *[("1e3", 0), ("-1", 0), ("²", 0), ("9" * 30, 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0)],
    ],
)
def test_a_wish_to_wait_is_read_in_seconds(text: str | None, seconds: int) -> None:
    assert _seconds(text) == timedelta(seconds=seconds)
