"""A backlog whose partitions are unequally far behind: what is read when changes no disposition.

Partition 1 stands two hours of append time behind partition 0. Kafka's source reads from both in every batch until
one is at its end (`KafkaMicroBatchStream.rateLimit` starves no partition).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.frontier import Frontier
from tests.builders import NOON, Position, payment_json, rfc3339
from tests.spark.history import Replay, record

STEP = timedelta(minutes=4)
SKEW = timedelta(hours=2)
COUNT = 45
"""Events of each partition: three hours of append time."""


def event(partition: int, number: int, *, resent: bool = False) -> Position:
    """Return one of a partition's events, an hour or nothing behind its append time; or its resend, a step later."""
    appended = NOON + number * STEP - partition * SKEW
    behind = timedelta(hours=1) - STEP if number % 3 == 0 else timedelta(0)
    value = payment_json(
        transaction_id=f"TXN_{partition}_{number}",
        event_time=rfc3339(appended - behind),
        sender_account_id=f"ACC_{partition}_{number}",
    )
    later, place = (STEP, 1) if resent else (timedelta(0), 0)
    return Position(value=value, partition=partition, offset=2 * number + place, appended=appended + later)


def partition_history(partition: int) -> list[Position]:
    """Return every event and its resend, in order of append."""
    events = [event(partition, number, resent=resent) for number in range(COUNT) for resent in (False, True)]
    return sorted(events, key=lambda position: (position.appended, position.offset))


def renumbered(history: Sequence[Position]) -> list[Position]:
    """Return records with the offsets of their order."""
    return [
        Position(value=position.value, partition=position.partition, offset=offset, appended=position.appended)
        for offset, position in enumerate(history)
    ]


HISTORIES = [renumbered(partition_history(partition)) for partition in (0, 1)]


def in_step(sizes: tuple[int, int]) -> list[list[Position]]:
    """Return batches that take so many records of each partition, as long as it has any."""
    rounds = max(-(-2 * COUNT // size) for size in sizes)
    return [
        [
            position
            for history, size in zip(HISTORIES, sizes, strict=True)
            for position in history[turn * size : (turn + 1) * size]
        ]
        for turn in range(rounds)
    ]


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param((30, 10), id="the partition ahead drains first"),
        pytest.param((2 * COUNT, 15), id="the partition ahead is read at once"),
    ],
)
def test_a_skewed_backlog_loses_nothing(
    spark: SparkSession, buckets: list[int], tmp_path: Path, sizes: tuple[int, int]
) -> None:
    replay = Replay(spark, buckets, record(tmp_path / "history", in_step(sizes)), tmp_path / "checkpoint")
    replay.run()
    assert Counter((row["kafka_partition"], row["disposition"]) for row in replay.rows) == {
        (partition, fate): COUNT for partition in (0, 1) for fate in ("ACCEPTED", "DUPLICATE")
    }


def test_an_idle_partition_holds_nothing_up(spark: SparkSession, buckets: list[int], tmp_path: Path) -> None:
    lively, idle = HISTORIES
    batches = [[*lively[:2], *idle[:2]], *(lively[start : start + 22] for start in (2, 24, 46, 68))]
    replay = Replay(spark, buckets, record(tmp_path / "history", batches), tmp_path / "checkpoint")
    replay.run()
    reached = Frontier(Checkpoint.at(str(replay.checkpoint))).before(len(batches))
    assert reached.read_up_to == int(lively[89].appended.timestamp()) * 1_000_000
