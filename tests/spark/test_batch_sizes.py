"""Ten minutes of a busy sender: features do not depend on how the history was cut into batches."""

from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.builders import NOON, Position, payment_json, rfc3339
from tests.spark.history import Replay, record
from tests.unit.fraud_stream.velocity_oracle import SECOND, Charge, Expected, expected

COUNT = 160
STEP_MS = 3_750  # sixteen steps are exactly a minute, eighty exactly five
JITTER_MS = (0, 0, 0, 1, -1)


def nth(index: int) -> Charge:
    """Return one of the charges: five in six are the busy sender's, now and then from elsewhere."""
    at = (index * STEP_MS + JITTER_MS[index % 5]) * SECOND // 1000
    sender = 1 if index % 6 else 2 + index % 4
    return Charge(sender, at, region=1 + index // 13 % 2, device=1 + index // 7 % 5)


CHARGES = [nth(index) for index in range(COUNT)]


def position(offset: int) -> Position:
    charge = CHARGES[offset]
    moment = NOON + timedelta(microseconds=charge.at)
    value = payment_json(
        transaction_id=f"T{offset}",
        event_time=rfc3339(moment),
        sender_account_id=f"ACC_{charge.sender}",
        region=f"R{charge.region}",
        device_id=f"D{charge.device}",
    )
    return Position(value=value, offset=offset, partition=charge.partition, appended=moment)


def cut(size: int) -> list[list[Position]]:
    """Return batches of `size`, their rows in no good order."""
    return [list(map(position, reversed(range(start, min(start + size, COUNT))))) for start in range(0, COUNT, size)]


def features(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in ("velocity_60s", "velocity_5m", "region_changed", "devices_changed", "peers"))


def wanted(found: Expected) -> tuple[object, ...]:
    ids = ",".join(f'"T{at}"' for at in found.peers)
    peers = f"[{ids}]" if found.velocity_60s > 3 else None
    return found.velocity_60s, found.velocity_5m, found.region_changed, found.devices_changed, peers


EXPECTED = [wanted(expected(CHARGES, offset)) for offset in range(COUNT)]


def test_the_history_has_every_case() -> None:
    minute, five, region, devices, peers = map(set, zip(*EXPECTED, strict=True))
    assert len(minute) > 10
    assert len(five) > 50
    assert region == devices == {True, False}
    assert None in peers


@pytest.mark.parametrize("size", [COUNT, 57, 33], ids="{} a batch".format)
def test_features_are_exact_at_every_batch_size(
    spark: SparkSession, buckets: list[int], tmp_path: Path, size: int
) -> None:
    replay = Replay(spark, buckets, record(tmp_path / "history", cut(size)), tmp_path / "checkpoint")
    replay.run()
    assert len(replay.settled) == -(-COUNT // size)
    found = {row["kafka_offset"]: features(row) for row in replay.rows}
    assert [found[offset] for offset in range(COUNT)] == EXPECTED
    assert {row["velocity_complete"] for row in replay.rows} == {True}
