"""A batch that comes again is scored as the first time; a change of detections or settings rules what follows."""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from fraud.detections.detection import Detection, default_detections
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.scoring import Scorings
from tests.builders import make_detection

RATES = {"EUR": Decimal("1.08")}
DEARER = {"EUR": Decimal("1.123456789")}
OLD, NEW = [make_detection(points=10)], [make_detection(points=20)]


class Stand:
    """What Firestore holds, as the test sets it; None is silence."""

    def __init__(self, detections: Sequence[Detection] | None) -> None:
        self.detections = detections

    def __call__(self) -> Sequence[Detection] | None:
        return self.detections


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint.at(str(tmp_path / "checkpoint"))


def begin(checkpoint: Checkpoint, batch_id: int) -> None:
    """Write what Spark writes when it has planned a batch."""
    checkpoint.write(f"offsets/{batch_id}", b"v1")


def run(checkpoint: Checkpoint, scorings: Scorings, batch_id: int) -> list[Detection]:
    """Begin a batch as Spark does, and return what it is judged by."""
    begin(checkpoint, batch_id)
    return scorings.of(batch_id).detections


def test_a_change_rules_from_the_next_batch_on(checkpoint: Checkpoint) -> None:
    stand = Stand(OLD)
    scorings = Scorings(checkpoint, RATES, stand)
    assert [run(checkpoint, scorings, batch) for batch in (0, 1)] == [OLD, OLD]
    stand.detections = NEW
    assert scorings.of(1).detections == OLD
    assert run(checkpoint, scorings, 2) == NEW
    assert checkpoint.batches("scoring") == [0, 2]


def test_a_batch_that_comes_again_keeps_what_it_began_with(checkpoint: Checkpoint) -> None:
    stand = Stand(OLD)
    scorings = Scorings(checkpoint, RATES, stand)
    for batch in (0, 1):
        run(checkpoint, scorings, batch)
    after = Scorings(checkpoint, DEARER, Stand(NEW))
    assert (after.of(1).detections, after.of(1).rates) == (OLD, RATES)
    assert (run(checkpoint, after, 2), after.of(2).rates) == (NEW, DEARER)
    again = Scorings(checkpoint, RATES, Stand(OLD))
    assert (again.of(2).detections, again.of(2).rates) == (NEW, DEARER)


def test_while_nobody_can_tell_what_was_last_known_goes_on(checkpoint: Checkpoint) -> None:
    stand = Stand(OLD)
    scorings = Scorings(checkpoint, RATES, stand)
    run(checkpoint, scorings, 0)
    stand.detections = None
    assert run(checkpoint, scorings, 1) == OLD
    assert run(checkpoint, Scorings(checkpoint, RATES, stand), 2) == OLD


def test_where_none_were_ever_stored_the_defaults_judge(checkpoint: Checkpoint) -> None:
    assert run(checkpoint, Scorings(checkpoint, RATES, Stand(None)), 0) == default_detections()


def test_nothing_new_adds_nothing_to_the_checkpoint(checkpoint: Checkpoint) -> None:
    for batch in range(3):
        run(checkpoint, Scorings(checkpoint, RATES, Stand(OLD)), batch)
    assert checkpoint.batches("scoring") == [0]


def test_a_checkpoint_without_any_gets_one_for_all_its_batches(checkpoint: Checkpoint) -> None:
    begin(checkpoint, 41)
    assert Scorings(checkpoint, RATES, Stand(NEW)).of(41).detections == NEW


def test_a_batch_begun_under_score_rules_is_scored_by_them(checkpoint: Checkpoint) -> None:
    rules = {
        "high_amount_usd": 9_000,
        "max_normal_velocity_5m": 8,
        "high_risk_above": 60,
        "high_amount": 31,
        "velocity_60s_high": 40,
        "velocity_60s_critical": 55,
        "velocity_5m": 15,
        "geo_change": 20,
        "device_change": 15,
    }
    checkpoint.write("scoring/0.json", json.dumps({"rules": rules, "rates": {"EUR": "1.08"}}).encode())
    begin(checkpoint, 7)
    scorings = Scorings(checkpoint, RATES, Stand(NEW))
    old = scorings.of(7)
    points = {one.detection_id: one.points for one in old.detections}
    assert points == {
        "high-amount": 31,
        "velocity-60s-high": 40,
        "velocity-60s-critical": 55,
        "velocity-5m": 15,
        "geo-change": 20,
        "device-change": 15,
    }
    assert old.detections[0].expression == "amount_usd > 9000"
    assert old.rates == RATES
    assert run(checkpoint, scorings, 8) == NEW
