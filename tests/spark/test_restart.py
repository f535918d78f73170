from pathlib import Path

import pytest
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession

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
