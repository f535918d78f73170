from datetime import timedelta
from pathlib import Path

import pytest

from fraud.detections.detection import default_detections
from fraud.lists import ListEntry, Listing, ListText, listed
from fraud.payments.rates import default_rates
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.lists import ListBook, read_lists
from fraud_stream.stages.enrichment import Scorer
from tests.builders import NOON, accepted_row, stream_table

HOUR = timedelta(hours=1)


def entry(kind: str, value: str, listing: Listing = Listing.BLOCK, ends: timedelta | None = None) -> ListEntry:
    text = ListText(listing=listing, reason="x", expires_at=NOON + ends if ends is not None else None)
    return listed(kind, value, text, "jo", NOON)


class Stand:
    """What Firestore holds, as the test sets it."""

    def __init__(self, *entries: ListEntry) -> None:
        self.entries, self.revision = entries, len(entries)

    def __call__(self) -> tuple[int, dict[str, ListEntry]] | None:
        return (self.revision, {one.key: one for one in self.entries}) if self.revision else None

    def change(self, *entries: ListEntry) -> None:
        self.entries, self.revision = entries, self.revision + 1


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint.at(str(tmp_path))


def scored(checkpoint: Checkpoint, *entries: ListEntry, **row: object) -> dict[str, object]:
    number = ListBook(checkpoint, Stand(*entries)).of(0)
    read_lists.cache_clear()
    scorer = Scorer(tuple(default_detections()), default_rates(), lambda: read_lists(checkpoint.path, number))
    [found] = scorer.score(stream_table(accepted_row(**row))).rows.to_pylist()
    return dict(found)


@pytest.mark.parametrize(
    ("entries", "hits"),
    [
        pytest.param([], [], id="no list"),
        pytest.param([entry("account", "ACC_000100")], ["BLOCK account"], id="who pays"),
        pytest.param([entry("receiver", "ACC_000200")], ["BLOCK receiver"], id="who is paid"),
        pytest.param([entry("receiver", "ACC_000100")], [], id="pays, and is not paid"),
        pytest.param([entry("card", "b" * 64)], ["BLOCK card"], id="card"),
        pytest.param([entry("network", "203.0.113.0/24")], ["BLOCK network"], id="network"),
        pytest.param([entry("network", "203.0.0.0/16")], ["BLOCK network"], id="wider network"),
        pytest.param([entry("network", "2001:db8::/32")], [], id="network of the other version"),
        pytest.param([entry("device", "device-7f3a", ends=HOUR)], ["BLOCK device"], id="not yet over"),
        pytest.param([entry("device", "device-7f3a", ends=timedelta())], [], id="over"),
        pytest.param(
            [entry("device", "device-7f3a"), entry("merchant", "MER_000042", Listing.ALLOW)],
            ["BLOCK device", "ALLOW merchant"],
            id="several",
        ),
    ],
)
def test_a_payment_says_which_lists_it_is_on(checkpoint: Checkpoint, entries: list[ListEntry], hits: list[str]) -> None:
    row = scored(checkpoint, *entries)
    assert row["list_hits"] == hits
    is_blocked = any(hit.startswith("BLOCK") for hit in hits)
    assert (row["risk_flags"], row["is_alert"]) == ((["BLOCKED_LIST"], True) if is_blocked else ([], False))


@pytest.mark.parametrize(
    ("entries", "alerts"),
    [
        ([], True),
        ([entry("account", "ACC_000100", Listing.ALLOW)], False),
        ([entry("account", "ACC_000100", Listing.ALLOW), entry("card", "b" * 64)], True),
    ],
)
def test_what_is_allowed_alerts_not_unless_it_is_blocked(
    checkpoint: Checkpoint, entries: list[ListEntry], *, alerts: bool
) -> None:
    row = scored(checkpoint, *entries, velocity_60s=5)
    assert (row["severity"], row["is_velocity_fraud"], row["is_alert"]) == ("CRITICAL", True, alerts)


def test_a_batch_keeps_the_lists_it_began_with(checkpoint: Checkpoint) -> None:
    stand = Stand(entry("account", "A"))
    book = ListBook(checkpoint, stand)
    assert [book.of(0), book.of(1)] == [0, 0]
    stand.change(entry("account", "B"))
    assert [book.of(1), book.of(2)] == [0, 2]
    for batch in (0, 1, 2):
        checkpoint.write(f"offsets/{batch}", b"v1")
    stand.change()
    again = ListBook(checkpoint, stand)
    assert [again.of(2), again.of(3)] == [2, 3]
    read_lists.cache_clear()
    assert read_lists(checkpoint.path, 3) == {}


def test_what_was_taken_off_leaves_the_checkpoint_in_time(checkpoint: Checkpoint) -> None:
    stand = Stand(entry("account", "ERASED"))
    book = ListBook(checkpoint, stand)
    for batch in range(4):
        book.of(batch)
        stand.change(entry("account", "OTHER"))
    assert checkpoint.batches("lists") == [2, 3]
    assert all(b"ERASED" not in (checkpoint.read(f"lists/{batch}.json") or b"") for batch in (2, 3))
