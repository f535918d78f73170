"""What is sent is covered with the streams that send it (test_event_stream.py); here, that it is written once."""

from fraud_page.alerts.broadcast import Broadcast
from fraud_page.alerts.feed import Feed
from fraud_page.alerts.position import Position
from tests.unit.fraud_page.alerts.test_event_stream import Source
from tests.unit.fraud_page.entries import entry


def test_pages_at_the_same_position_are_sent_the_same_bytes_until_more_comes() -> None:
    feed = Feed(Source(), lambda: 0)
    broadcast = Broadcast(feed)
    feed.history.append([entry(1), entry(2)])
    sent = broadcast.alerts(Position(1, 0))
    assert broadcast.alerts(Position(1, 0)) is sent
    assert b'"id":"2-0"' in sent
    assert broadcast.alerts(Position(2, 0)) == b""

    feed.history.append([entry(3)])
    more = broadcast.alerts(Position(1, 0))
    assert more.startswith(b"id: 3-0\n")
    assert b'"id":"2-0"' in more
    assert b'"id":"3-0"' in more
