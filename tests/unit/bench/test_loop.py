from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from fraud.masking.key import HmacKey
from tests.bench.loop import Loop, Record
from tests.builders import KEY, NOON, payment_json, rfc3339

HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)


def at(hour: int, minute: int) -> datetime:
    return NOON.replace(hour=hour, minute=minute)


def run(*records: Record) -> Loop:
    loop = Loop(HmacKey("1", bytes.fromhex(KEY)))
    for record in records:
        loop.take(record)
    return loop


def payment(moment: datetime, offset: int = 0, *, behind: timedelta = timedelta(0), **changes: object) -> Record:
    value = payment_json(event_time=rfc3339(moment), **changes)
    return Record(value, moment + behind, 0, offset)


@pytest.mark.parametrize(
    ("moments", "accepted"),
    [
        ([at(12, 0), at(13, 30), at(14, 35)], [0, 1, 2]),
        ([at(12, 0), at(13, 0) - MICROSECOND], [0]),
        ([at(12, 0), at(13, 0)], [0, 1]),
        ([at(13, 0) - MICROSECOND, at(12, 0)], [0]),
        ([at(13, 0), at(12, 0)], [0, 1]),
        ([at(12, 0), at(12, 40), at(13, 20)], [0, 2]),
        ([at(12, 0), at(13, 30), at(12, 45)], [0, 1]),
    ],
    ids=["far apart", "a microsecond under", "an hour", "under, backwards", "an hour, backwards", "chain", "between"],
)
def test_an_id_is_a_duplicate_less_than_an_hour_from_an_accepted_one(
    moments: Sequence[datetime], accepted: list[int]
) -> None:
    loop = run(*(payment(moment, offset) for offset, moment in enumerate(moments)))
    assert [result.offset for result in loop.results] == accepted
    assert loop.counts["duplicate"] == len(moments) - len(accepted)


@pytest.mark.parametrize(
    ("behind", "disposition"),
    [
        (HOUR, "accepted"),
        (HOUR + MICROSECOND, "late"),
        (-timedelta(minutes=5), "accepted"),
        (-timedelta(minutes=5) - MICROSECOND, "rejected"),
    ],
)
def test_a_clock_is_held_against_the_append_time(behind: timedelta, disposition: str) -> None:
    loop = run(payment(NOON, behind=behind))
    assert [name for name in ("accepted", "late", "rejected") if loop.counts[name]] == [disposition]


def test_a_late_payment_does_not_make_a_later_one_a_duplicate() -> None:
    loop = run(payment(NOON, behind=2 * HOUR), payment(NOON, offset=1))
    assert (loop.counts["late"], loop.counts["accepted"]) == (1, 1)


def test_velocity_counts_the_last_minute_and_five_without_their_far_edge() -> None:
    seconds = (0, 240, 241, 300, 301)
    records = (payment(NOON + timedelta(seconds=s), s, transaction_id=f"T{s}") for s in seconds)
    counts = [(result.velocity_60s, result.velocity_5m) for result in run(*records).results]
    assert counts == [(1, 1), (1, 2), (2, 3), (2, 3), (2, 4)]
