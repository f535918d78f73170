"""The copy of the lists on a real Redis: whole or not there, and never older than it was."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
import redis

from fraud.lists import ListEntry, Listing, ListText, listed
from fraud_service.lists.record import COPY, WHOLE, ListCopy
from infra.local.servers.redis import Redis
from tests.builders import NOON

ENTRY = listed("account", "A", ListText(listing=Listing.BLOCK, reason="mule"), "jo", NOON)
OTHER = listed("device", "d", ListText(listing=Listing.ALLOW, reason="x", expires_at=NOON), "jo", NOON)


@pytest.fixture
def copy(redis_server: Redis) -> Iterator[ListCopy]:
    with redis.Redis.from_url(redis_server.url, decode_responses=True) as cache:
        cache.delete(COPY)
        yield ListCopy(cache)
        cache.delete(COPY)


def held(copy: ListCopy) -> dict[str, str]:
    """Return the listing of each entry that the copy holds."""
    fields = {name: value for name, value in copy.cache.hgetall(COPY).items() if name != WHOLE}
    return {str(name): msgspec.json.decode(value)["listing"] for name, value in fields.items()}


def later(entry: ListEntry, **changes: object) -> ListEntry:
    return msgspec.structs.replace(entry, version=entry.version + 1, **changes)


def test_a_copy_is_filled_and_changed(copy: ListCopy) -> None:
    assert not copy.is_whole()
    assert not copy.put(ENTRY, 1), "what is not whole takes no single entry"
    copy.fill([ENTRY, OTHER], 2)
    assert held(copy) == {"account:A": "BLOCK", "device:d": "ALLOW"}
    assert copy.put(later(ENTRY, listing=Listing.ALLOW), 3)
    assert copy.put(later(OTHER, removed=True), 4)
    assert held(copy) == {"account:A": "ALLOW", "device:d": ""}
    copy.drop()
    assert not copy.is_whole()


def test_what_was_read_earlier_replaces_nothing_newer(copy: ListCopy) -> None:
    copy.fill([ENTRY], 5)
    removed = later(ENTRY, removed=True)
    assert copy.put(removed, 6)
    assert copy.put(ENTRY, 6), "its change was before, its copy comes after"
    copy.fill([ENTRY], 5)
    assert held(copy) == {"account:A": ""}
    copy.fill([OTHER], 7)
    assert held(copy) == {"device:d": "ALLOW"}
    assert list(copy.cache.scan_iter(match=f"{COPY}*")) == [COPY], "no spare is left"


def test_an_end_is_copied_to_the_microsecond(copy: ListCopy) -> None:
    ends = NOON + timedelta(microseconds=1)
    copy.fill([later(OTHER, expires_at=ends)], 1)
    assert msgspec.json.decode(copy.cache.hget(COPY, "device:d") or "")["ends"] == ends.timestamp()
