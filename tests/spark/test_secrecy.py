"""Neither the HMAC key nor a card number is in a plan, or in anything under the checkpoint."""

from pathlib import Path
from zipfile import ZipFile, is_zipfile

import pyarrow as pa
import pytest

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


@pytest.mark.parametrize("history", ["card_testing", "card_testing_whole"])
def test_the_plans(history: str, request: pytest.FixtureRequest) -> None:
    replay: Replay = request.getfixturevalue(history)
    assert replay.plans
    for plan in replay.plans:
        assert secrets_in(plan.encode()) == []
        _, _, below_masking = plan.rpartition("MapInArrow")
        assert "ExistingRDD" in below_masking
        assert "Exchange" not in below_masking  # bytes leave the task that read them masked


def test_the_files_of_the_checkpoint(card_testing: Replay) -> None:
    files = [path for path in card_testing.checkpoint.rglob("*") if path.is_file()]
    assert {path.relative_to(card_testing.checkpoint).parts[0] for path in files} >= {"offsets", "commits", "runs"}
    assert [(path, secrets_in(content)) for path in files for content in contents(path) if secrets_in(content)] == []


@pytest.mark.parametrize("family", ["ids", "charges"])
def test_the_state_once_unpacked(card_testing: Replay, family: str) -> None:
    runs = list((card_testing.checkpoint / "runs" / family).rglob("*.arrow"))
    content = "\n".join(str(pa.ipc.open_file(path.read_bytes()).read_all().to_pydict()) for path in runs)
    assert ("TXN_4" in content) is (family == "charges")
    assert secrets_in(content.encode()) == []
