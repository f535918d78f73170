"""Executors that die, tasks that run twice at once, shuffle files that are lost: the rows are those of a quiet run."""

import os
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.batches import run_batch
from tests.builders import NOON, Position, payment_json, rfc3339
from tests.spark.history import record

REPOSITORY = Path(__file__).parents[2]
BATCHES, SIZE, KILLS = 24, 60, 8
ACCOUNTS = 20


def history(seed: int) -> list[list[Position]]:
    """Return batches of payments of few accounts on two partitions, one in ten sent before."""
    drawn, offsets, sent = random.Random(seed), [0, 0], 0  # noqa: S311  no secret
    batches = []
    for batch in range(BATCHES):
        positions = []
        for row in range(SIZE):
            account = drawn.randrange(ACCOUNTS)
            partition, moment = account % 2, NOON + timedelta(seconds=batch, milliseconds=row)
            number = drawn.randrange(sent) if sent and drawn.random() < 0.1 else sent
            sent += number == sent
            value = payment_json(
                transaction_id=f"T{number}", event_time=rfc3339(moment), sender_account_id=f"ACC_{account}"
            )
            positions.append(Position(value=value, partition=partition, offset=offsets[partition], appended=moment))
            offsets[partition] += 1
        batches.append(positions)
    return batches


@pytest.mark.faults
def test_killed_executors_change_no_row(tmp_path: Path) -> None:
    batches = history(seed=11)
    record(tmp_path / "history", batches)
    quiet = [
        (row["kafka_partition"], row["kafka_offset"], row["disposition"], row["velocity_60s"])
        for number, positions in enumerate(batches)
        for row in run_batch(str(tmp_path / "quiet"), number, positions)
    ]
    command = [sys.executable, "-m", "tests.spark.cluster", str(tmp_path), "11", str(KILLS)]
    environment = os.environ | {"PYTHONPATH": f"{REPOSITORY}:{REPOSITORY}/functions:{REPOSITORY}/dataproc_jobs"}
    finished = subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, capture_output=True, timeout=540)  # noqa: S603
    assert msgspec.json.decode(finished.stdout.splitlines()[-1])["killed"] == KILLS
    settled = [
        tuple(row)
        for batch in range(BATCHES)
        for row in msgspec.json.decode((tmp_path / f"checkpoint/settled-{batch}.json").read_bytes())
    ]
    assert sorted(settled, key=str) == sorted(quiet, key=str)
    assert len(settled) == BATCHES * SIZE
