"""A batch that one task takes whole leaves what many tasks leave that exchange its packets."""

from pathlib import Path

from pyspark.sql import SparkSession

from tests.spark.history import CARD_TESTING, Replay, record


def test_one_task_settles_as_many_do(card_testing: Replay, card_testing_whole: Replay) -> None:
    assert card_testing_whole.settled == card_testing.settled


def test_small_and_large_batches_go_on_from_each_other(
    spark: SparkSession, buckets: list[int], tmp_path: Path, card_testing: Replay
) -> None:
    replay = Replay(spark, buckets, record(tmp_path / "history", CARD_TESTING), tmp_path / "checkpoint")

    def change(_batch: int) -> None:
        replay.whole = not replay.whole

    replay.on_batch = change
    replay.run()
    assert len({"Exchange" in plan for plan in replay.plans}) == 2
    assert replay.settled == card_testing.settled
