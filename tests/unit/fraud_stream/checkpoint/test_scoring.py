"""A batch that comes again is scored as the first time; a change of settings rules what follows."""

from decimal import Decimal
from pathlib import Path

import pytest

from fraud.scoring.score import ScoreRules
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.scoring import Scoring, enact

OLD = Scoring(rules=ScoreRules(), rates={"EUR": Decimal("1.08")})
STRICT = Scoring(rules=ScoreRules(high_risk_above=40), rates={"EUR": Decimal("1.08")})
DEARER = Scoring(rules=ScoreRules(), rates={"EUR": Decimal("1.123456789")})


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint.at(str(tmp_path / "checkpoint"))


def begin(checkpoint: Checkpoint, batch_id: int) -> None:
    """Write what Spark writes when it has planned a batch."""
    checkpoint.write(f"offsets/{batch_id}", b"v1")


def test_a_new_checkpoint_is_scored_by_its_first_settings(checkpoint: Checkpoint) -> None:
    assert enact(checkpoint, OLD).of(0) == OLD


@pytest.mark.parametrize("changed", [STRICT, DEARER], ids=["rules", "rates"])
def test_a_begun_batch_keeps_its_scoring_and_the_next_gets_the_new_one(
    checkpoint: Checkpoint, changed: Scoring
) -> None:
    enact(checkpoint, OLD)
    for batch in range(3):
        begin(checkpoint, batch)
    scorings = enact(checkpoint, changed)
    assert [scorings.of(batch) for batch in (1, 2, 3, 9)] == [OLD, OLD, changed, changed]
    begin(checkpoint, 3)
    assert enact(checkpoint, OLD).of(3) == changed


def test_a_change_that_ruled_no_batch_is_forgotten(checkpoint: Checkpoint) -> None:
    enact(checkpoint, OLD)
    begin(checkpoint, 0)
    enact(checkpoint, STRICT)
    scorings = enact(checkpoint, DEARER)
    assert [scorings.of(batch) for batch in (0, 1)] == [OLD, DEARER]


def test_unchanged_settings_add_nothing_to_the_checkpoint(checkpoint: Checkpoint) -> None:
    enact(checkpoint, OLD)
    begin(checkpoint, 0)
    enact(checkpoint, OLD)
    assert checkpoint.batches("scoring") == [0]


def test_a_checkpoint_of_an_earlier_release_gets_one_for_all_its_batches(checkpoint: Checkpoint) -> None:
    begin(checkpoint, 41)
    assert enact(checkpoint, STRICT).of(41) == STRICT
