"""Neither the HMAC key nor a card number is in a plan, or in anything under the checkpoint."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import pytest
from pyspark.sql import SparkSession

from tests.builders import CARD, KEY
from tests.spark.history import Replay

SECRETS = {
    "key in hex": KEY.encode(),
    "key": bytes.fromhex(KEY),
    "card number": CARD.encode(),
    "expiry": b"08/31",
}


def secrets_in(content: bytes) -> list[str]:
    return [name for name, secret in SECRETS.items() if secret in content]


def contents(path: Path) -> list[bytes]:
    """Return a file's bytes, and those of its members where it is an archive."""
    if not is_zipfile(path):
        return [path.read_bytes()]
    with ZipFile(path) as archive:
        return [path.read_bytes(), *map(archive.read, archive.namelist())]


def cells(value: object) -> Iterator[bytes]:
    """Return every value within a row of state, as bytes."""
    if isinstance(value, tuple):
        for inner in value:
            yield from cells(inner)
    else:
        yield bytes(value) if isinstance(value, bytearray) else str(value).encode()


def test_the_plan(card_testing: Replay, capsys: pytest.CaptureFixture[str]) -> None:
    card_testing.query.explain(extended=True)
    plan = capsys.readouterr().out
    assert "MaskTask" in plan
    assert "add_velocity" in plan
    assert secrets_in(plan.encode()) == []


def test_the_files_of_the_checkpoint(card_testing: Replay) -> None:
    files = [path for path in card_testing.checkpoint.rglob("*") if path.is_file()]
    assert {path.relative_to(card_testing.checkpoint).parts[0] for path in files} >= {"offsets", "commits", "state"}
    assert [(path, secrets_in(content)) for path in files for content in contents(path) if secrets_in(content)] == []


@pytest.mark.parametrize("operator", [0, 1], ids=["velocity", "election"])
def test_the_state_once_unpacked(spark: SparkSession, card_testing: Replay, operator: int) -> None:
    state = spark.read.format("statestore").option("operatorId", operator).load(str(card_testing.checkpoint))
    content = b"\n".join(cell for row in state.collect() for cell in cells(row))
    assert b"TXN_4" in content
    assert secrets_in(content) == []
