"""What Spark has planned of a batch, as it writes it down."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.plan import Plans


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint.at(str(tmp_path / "checkpoint"))


def spark_offsets(*ends: int) -> bytes:
    """Return an offset file as Spark 4.0 and 3.5 write it."""
    metadata = {
        "batchWatermarkMs": 0,
        "batchTimestampMs": 1_772_366_400_123,
        "conf": {"spark.sql.shuffle.partitions": "4"},
    }
    source = {"payment-events": {str(partition): end for partition, end in enumerate(ends)}}
    return b"\n".join([b"v1", msgspec.json.encode(metadata), msgspec.json.encode(source)])


def test_a_batch_is_ingested_when_spark_began_it(checkpoint: Checkpoint) -> None:
    checkpoint.write("offsets/7", spark_offsets(5))
    assert Plans(checkpoint).of(7).begun_at == datetime(2026, 3, 1, 12, 0, 0, 123_000, UTC)


def test_a_plan_without_properties_still_says_when_it_began(checkpoint: Checkpoint) -> None:
    checkpoint.write("offsets/7", b'v1\n{"batchTimestampMs":1772366400123}\n{"payment-events":{"0":5}}')
    assert (Plans(checkpoint).of(7).begun_at.year, Plans(checkpoint).of(7).positions) == (2026, None)


def test_a_batch_that_spark_has_not_begun_has_no_clock(checkpoint: Checkpoint) -> None:
    with pytest.raises(ValueError, match="Spark has not begun batch 7"):
        Plans(checkpoint).of(7)


def test_a_batch_reads_from_where_the_one_before_ended(checkpoint: Checkpoint) -> None:
    plans = Plans(checkpoint)
    for batch, ends in enumerate([(5, 0), (8, 2), (8, 2, 1)]):
        checkpoint.write(f"offsets/{batch}", spark_offsets(*ends))
    assert [plans.of(batch).positions for batch in (0, 1, 2)] == [None, 5, 1]
    assert [Plans(checkpoint).of(batch).positions for batch in (2, 1)] == [1, 5]  # another process, after a kill
