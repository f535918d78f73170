"""The gate in a batch: what becomes an alert, and what stays in its row."""

from pathlib import Path

import lightgbm
import pytest

from fraud.detections.detection import default_detections
from fraud.payments.rates import default_rates
from fraud_stream.classifier.calibration import Calibration, Steps
from fraud_stream.classifier.choice import Choice
from fraud_stream.classifier.serving import UNGATED, Classifier
from fraud_stream.sinks.tables import TABLES, Settled, name_as_stored
from fraud_stream.stages.alerts import raise_alerts
from fraud_stream.stages.enrichment import Scorer
from fraud_training.publishing import packed, publish
from tests.builders import accepted_row, stream_table


def gate_of(probability: float, trees: lightgbm.Booster, location: Path) -> Classifier:
    """Return a classifier that gives every fast payment one probability."""
    files = packed(trees, Calibration(Steps((), (probability,)), Steps((), (0.001,))))[1]
    return Classifier(Choice(str(location), publish(str(location), files, "2026-01-01")))


def settled(classifier: Classifier, **row: object) -> Settled:
    rows = stream_table(accepted_row(transaction_id="T1", **row))
    scorer = Scorer(tuple(default_detections()), default_rates(), classifier=classifier)
    return Settled(rows, name_as_stored(scorer.score(rows).rows))


def alerts(found: Settled) -> int:
    [velocity_alerts] = [table.rows(found) for table in TABLES if table.name == "fraud_velocity_alerts"]
    raised = len(raise_alerts(found.scored))
    assert len(velocity_alerts) == raised
    return raised


@pytest.mark.parametrize("velocity", [4, 5, 9])
def test_a_fast_payment_that_is_not_probable_raises_no_alert_and_stays(
    velocity: int, trees: lightgbm.Booster, tmp_path: Path
) -> None:
    found = settled(gate_of(0.8, trees, tmp_path), velocity_60s=velocity)
    assert alerts(found) == 0
    [row] = found.scored.to_pylist()
    assert (row["is_velocity_fraud"], row["is_alert"], row["gate"]) == (True, False, "SUPPRESSED")
    assert row["risk_flags"] == ["VELOCITY_60S"]
    assert row["fraud_probability"] == 0.8


def test_one_that_is_probable_does(trees: lightgbm.Booster, tmp_path: Path) -> None:
    found = settled(gate_of(0.81, trees, tmp_path), velocity_60s=4)
    assert alerts(found) == 1
    assert found.scored["gate"].to_pylist() == ["PASSED"]


def test_alerts_and_what_is_held_back_say_what_moved_the_classifier(trees: lightgbm.Booster, tmp_path: Path) -> None:
    for probability in (0.1, 0.9):
        found = settled(gate_of(probability, trees, tmp_path / str(probability)), velocity_60s=4)
        [told] = found.scored["model_reasons"].to_pylist()
        assert any(line.startswith("payments of the account in 60 s: 4 (for fraud, ") for line in told)
        assert [alert.model_reasons for alert in raise_alerts(found.scored)] == ([told] if probability > 0.8 else [])
    assert settled(gate_of(0.9, trees, tmp_path / "calm"), velocity_60s=3).scored["model_reasons"].to_pylist() == [[]]
    assert settled(UNGATED, velocity_60s=4).scored["model_reasons"].to_pylist() == [[]]


def test_a_score_above_sixty_alerts_whatever_the_gate_says(trees: lightgbm.Booster, tmp_path: Path) -> None:
    found = settled(gate_of(0.1, trees, tmp_path), velocity_60s=4, velocity_5m=9, region_changed=True)
    assert alerts(found) == 1
    assert found.scored["gate"].to_pylist() == ["SUPPRESSED"]


def test_incomplete_windows_are_never_held_against_an_alert(trees: lightgbm.Booster, tmp_path: Path) -> None:
    found = settled(gate_of(0.1, trees, tmp_path), velocity_60s=4, features_complete=False)
    assert alerts(found) == 1
    assert found.scored["gate"].to_pylist() == ["INCOMPLETE"]


def test_without_a_model_velocity_alerts_as_ever() -> None:
    found = settled(UNGATED, velocity_60s=4)
    assert alerts(found) == 1
    assert found.scored["gate"].to_pylist() == [None]
