"""Every position has one disposition, elected by a real streaming query."""

from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from fraud_stream.stages.dispositions import balanced_buckets
from tests.builders import NOON, Position, payment_json, rfc3339
from tests.spark.history import Replay, charge, record


@pytest.mark.parametrize("count", [1, 4, 13])
def test_buckets_cover_every_partition(spark: SparkSession, count: int) -> None:
    keys = balanced_buckets(spark, count)
    frame = spark.createDataFrame([(key,) for key in keys], "key int").repartition(count, "key")
    used = {row[0] for row in frame.select(F.spark_partition_id()).collect()}
    assert len(keys) == count
    assert used == set(range(count))


def fates(replay: Replay) -> dict[int, str]:
    return {int(str(row["kafka_offset"])): str(row["disposition"]) for row in replay.rows}


def test_each_batch_is_read_once(card_testing: Replay) -> None:
    assert [progress.numInputRows for progress in card_testing.query.recentProgress] == [3, 4, 2]


def test_the_first_of_each_transaction_is_accepted(card_testing: Replay) -> None:
    accepted = [offset for offset, fate in fates(card_testing).items() if fate == "ACCEPTED"]
    assert accepted == [0, 1, 3, 5, 7]
    assert set(fates(card_testing).values()) == {"ACCEPTED", "DUPLICATE"}


def test_every_position_leaves_once(card_testing: Replay) -> None:
    assert [row["kafka_offset"] for row in card_testing.rows] == list(range(9))


def test_the_fourth_charge_in_a_minute_names_all_four(card_testing: Replay) -> None:
    found = {row["transaction_id"]: row for row in card_testing.rows if row["disposition"] == "ACCEPTED"}
    assert [found[f"TXN_{number}"]["velocity_60s"] for number in range(1, 6)] == [1, 2, 3, 4, 5]
    assert [found[f"TXN_{number}"]["peers"] for number in range(1, 4)] == [None, None, None]
    assert found["TXN_4"]["peers"] == '["TXN_1","TXN_2","TXN_3","TXN_4"]'


def stale(minutes: int, offset: int, transaction: str) -> Position:
    """Return an event that happened `minutes` before Kafka appended it, at noon."""
    event_time = rfc3339(NOON - timedelta(minutes=minutes))
    return Position(value=payment_json(transaction_id=transaction, event_time=event_time), offset=offset)


def test_what_is_rejected_or_late_leaves_no_trace(spark: SparkSession, buckets: list[int], tmp_path: Path) -> None:
    bad = [
        Position(value=b"garbage", offset=0),
        Position(value=None, offset=1),
        stale(61, 2, "TXN_LATE"),
        stale(-6, 3, "TXN_FUTURE"),
        stale(60 * 24 * 365 * 60, 4, "TXN_BEFORE_1970"),
    ]
    again = [charge(0, 10, "TXN_LATE"), charge(1, 11, "TXN_FUTURE"), charge(2, 12, "TXN_BEFORE_1970")]
    batches = [bad, again, [*bad[:1], *(Position(value=row.value, offset=row.offset + 20) for row in bad)], bad[:1]]
    replay = Replay(spark, buckets, record(tmp_path / "history", batches), tmp_path / "checkpoint")
    replay.run()
    first = {2: "LATE", 4: "LATE"} | dict.fromkeys((0, 1, 3), "REJECTED")
    later = {offset + 20: fate for offset, fate in first.items()}
    assert fates(replay) == first | dict.fromkeys((10, 11, 12), "ACCEPTED") | later
    assert [row["velocity_60s"] for row in replay.settled[1]] == [1, 2, 3]


def test_a_clock_that_runs_ahead_makes_no_other_late(spark: SparkSession, buckets: list[int], tmp_path: Path) -> None:
    batches = [[stale(-5, 0, "TXN_AHEAD")], [stale(60, 1, "TXN_BEHIND")], [stale(0, 2, "TXN_NOW")]]
    replay = Replay(spark, buckets, record(tmp_path / "history", batches), tmp_path / "checkpoint")
    replay.run()
    assert set(fates(replay).values()) == {"ACCEPTED"}


@pytest.mark.parametrize("size", [1, 2, 3], ids="{} a batch".format)
def test_an_id_is_remembered_for_less_than_an_hour_of_event_time(
    spark: SparkSession, buckets: list[int], tmp_path: Path, size: int
) -> None:
    seconds = (0, 3_599.999999, 5_400, 9_300)  # 12:00, 12:59:59.999999, 13:30, 14:35
    history = [charge(second, offset, "TXN") for offset, second in enumerate(seconds)]
    batches = [history[start : start + size] for start in range(0, len(history), size)]
    replay = Replay(spark, buckets, record(tmp_path / "history", batches), tmp_path / "checkpoint")
    replay.run()
    assert fates(replay) == {0: "ACCEPTED", 1: "DUPLICATE", 2: "ACCEPTED", 3: "ACCEPTED"}
