import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession

from tests.builders import KEYS
from tests.spark.history import CARD_TESTING, Replay, record


def fail_in_second_batch(batch: int) -> None:
    if batch == 1:
        raise ConnectionError("the sink is gone")


def test_a_batch_that_failed_comes_again_with_the_same_rows(
    spark: SparkSession, buckets: list[int], tmp_path: Path, card_testing: Replay
) -> None:
    history, checkpoint = record(tmp_path / "history", CARD_TESTING), tmp_path / "checkpoint"
    broken = Replay(spark, buckets, history, checkpoint, on_batch=fail_in_second_batch)
    with pytest.raises(StreamingQueryException, match="the sink is gone"):
        broken.run()
    successor = Replay(spark, buckets, history, checkpoint)
    successor.run()
    assert (list(broken.settled), list(successor.settled)) == ([0, 1], [1, 2])
    assert successor.settled[1] == broken.settled[1]
    rows = [*broken.settled[0], *successor.settled[1], *successor.settled[2]]
    assert rows == [row for batch in card_testing.settled.values() for row in batch]


@pytest.fixture
def rotate(keys_file: Path) -> Iterator[Callable[[], None]]:
    """Return what adds a key version, as an operator does while workers stay warm; it is gone after the test."""

    def change() -> None:
        keys_file.write_text(json.dumps({**json.loads(KEYS), "9": "ab" * 32}))

    yield change
    keys_file.write_text(KEYS)


def versions(rows: Iterable[Mapping[str, object]]) -> set[object]:
    return {row["pii_key_version"] for row in rows if row["card_token"]}


def test_a_batch_that_comes_again_after_a_new_key_keeps_the_old_one(
    spark: SparkSession, buckets: list[int], tmp_path: Path, rotate: Callable[[], None]
) -> None:
    history, checkpoint = record(tmp_path / "history", CARD_TESTING), tmp_path / "checkpoint"
    broken = Replay(spark, buckets, history, checkpoint, on_batch=fail_in_second_batch)
    with pytest.raises(StreamingQueryException, match="the sink is gone"):
        broken.run()
    rotate()
    successor = Replay(spark, buckets, history, checkpoint)
    successor.run()
    assert successor.settled[1] == broken.settled[1]
    assert versions(broken.settled[1]) == set(json.loads(KEYS))
    assert versions(successor.settled[2]) == {"9"}
