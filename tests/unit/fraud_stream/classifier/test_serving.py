from pathlib import Path

import lightgbm
import numpy as np
import pyarrow as pa
import pytest

from fraud.models.publication import CURRENT, Mode, Publication, Published, encode_publication
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.classifier.calibration import Calibration, Steps
from fraud_stream.classifier.choice import Choice, Choices, chosen
from fraud_stream.classifier.gate import Verdict, is_sampled
from fraud_stream.classifier.publication import read_publication
from fraud_stream.classifier.serving import CLASSIFIED, Classifier, is_held_back
from fraud_training.publishing import packed, publish
from tests.unit.fraud_stream.classifier.conftest import Files
from tests.unit.fraud_stream.classifier.payments import some_payments

HELD_AS = {"geographic_risk": "region_changed", "device_risk": "devices_changed"}


def classified(choice: Choice) -> pa.Table:
    return Classifier(choice).classify(some_payments())


def test_every_payment_has_a_probability_and_the_models_digest(location: str, published: Published) -> None:
    rows = classified(Choice(location, published))
    assert rows["fraud_probability"].null_count == 0
    assert set(rows["model_version"].to_pylist()) == {published.digests.sha256}
    assert rows.schema.names[-5:] == CLASSIFIED.names


def test_the_gate_holds_back_what_is_fast_and_not_probable(location: str, published: Published) -> None:
    rows = classified(Choice(location, published)).to_pylist()
    assert {row["gate"] for row in rows} == {None, "PASSED", "SUPPRESSED", "SAMPLED", "INCOMPLETE"}
    for row in rows:
        assert (row["gate"] is not None) == row["is_velocity_fraud"]
        if row["is_velocity_fraud"] and not row["features_complete"]:
            assert row["gate"] == "INCOMPLETE"
        elif row["is_velocity_fraud"]:
            assert (row["gate"] == "PASSED") == (row["fraud_probability"] > 0.8)


def test_only_what_is_suppressed_or_sampled_is_held_back(location: str, published: Published) -> None:
    rows = classified(Choice(location, published))
    held = [row["gate"] in {"SUPPRESSED", "SAMPLED"} for row in rows.to_pylist()]
    assert is_held_back(rows).tolist() == held
    assert {verdict for verdict in Verdict if not verdict.raises} == {"SUPPRESSED", "SAMPLED"}


def test_two_percent_of_payments_are_sampled_and_always_the_same() -> None:
    sampled = [is_sampled(f"TXN_{number}") for number in range(50_000)]
    assert sum(sampled) / len(sampled) == pytest.approx(0.02, rel=0.1)
    assert sampled == [is_sampled(f"TXN_{number}") for number in range(50_000)]


def test_without_a_model_nothing_is_scored_and_nothing_is_held_back() -> None:
    rows = classified(Choice())
    assert all(rows[name].null_count == len(rows) for name in CLASSIFIED.names)
    assert not is_held_back(rows).any()


def test_a_model_in_shadow_scores_and_holds_nothing_back(location: str, published: Published) -> None:
    shadow = Published(published.digests, Mode.SHADOW, published.trained_at)
    rows = classified(Choice(location, shadow))
    assert rows["fraud_probability"].null_count == 0
    assert rows["gate"].null_count == len(rows)


def test_a_challenger_scores_the_same_batch_and_decides_nothing(location: str, published: Published) -> None:
    beside = publish(location, packed_otherwise(location, published), "2026-01-02")
    choice = chosen(location, read_publication(location))
    assert (choice.champion, choice.challenger) == (published, beside)
    rows, alone = classified(choice), classified(Choice(location, published))
    assert rows.select(CLASSIFIED.names[:3]).equals(alone.select(CLASSIFIED.names[:3]))
    assert set(rows["challenger_version"].to_pylist()) == {beside.digests.sha256}
    assert set(rows["challenger_probability"].to_pylist()) == {0.25, 0.001}


def test_a_broken_challenger_changes_nothing(
    location: str, published: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = publish(location, packed_otherwise(location, published), "2026-01-02")
    Path(location, "models", beside.digests.sha256, "model.txt").write_bytes(b"something else")
    rows = classified(chosen(location, read_publication(location)))
    assert rows["challenger_probability"].null_count == len(rows)
    assert rows["gate"].equals(classified(Choice(location, published))["gate"])
    assert "model_broken" in capsys.readouterr().out


def packed_otherwise(location: str, published: Published) -> Files:
    """Return another model: fewer trees, and one probability at the gate."""
    trees = lightgbm.Booster(model_file=str(Path(location, "models", published.digests.sha256, "model.txt")))
    fewer = lightgbm.Booster(model_str=trees.model_to_string(num_iteration=5))
    return packed(fewer, Calibration(Steps((), (0.25,)), Steps((), (0.001,))))[1]


@pytest.mark.parametrize("name", ["model.txt", "calibration.json"])
def test_a_broken_model_fails_loudly_and_alerts_as_without_a_gate(
    location: str, published: Published, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(location, "models", published.digests.sha256, name).write_bytes(b"something else")
    rows = classified(Choice(location, published))
    fast = rows["is_velocity_fraud"].to_numpy()
    assert np.array_equal(rows["gate"].to_numpy(zero_copy_only=False) == "FAILED", fast)
    assert rows["fraud_probability"].null_count == len(rows)
    assert not is_held_back(rows).any()
    assert "model_broken" in capsys.readouterr().out


def test_rows_that_are_not_stored_yet_have_the_same_probabilities(location: str, published: Published) -> None:
    stored = some_payments()
    fresh = stored.rename_columns([HELD_AS.get(name, name) for name in stored.column_names])
    one, other = (Classifier(Choice(location, published)).classify(rows) for rows in (stored, fresh))
    assert one["fraud_probability"].equals(other["fraud_probability"])


def test_only_what_is_asked_about_is_explained(location: str, published: Published) -> None:
    classifier = Classifier(Choice(location, published))
    rows = classifier.classify(some_payments(50))
    asked = rows["is_velocity_fraud"].to_numpy()
    told = classifier.explain(rows, asked).to_pylist()
    assert [bool(lines) for lines in told] == asked.tolist()
    assert 0 < asked.sum() < len(asked)


def test_rows_that_are_not_stored_yet_are_explained_likewise(location: str, published: Published) -> None:
    stored = some_payments(50)
    fresh = stored.rename_columns([HELD_AS.get(name, name) for name in stored.column_names])
    classifier = Classifier(Choice(location, published))
    one, other = (classifier.explain(classifier.classify(rows), np.ones(50, bool)) for rows in (stored, fresh))
    assert one.equals(other)


def test_a_model_that_decides_nothing_explains_nothing(location: str, published: Published) -> None:
    shadow = Choice(location, Published(published.digests, Mode.SHADOW, published.trained_at))
    for choice in (Choice(), shadow, Choice(location, broken=True)):
        told = Classifier(choice).explain(classified(choice), np.ones(2_000, bool))
        assert (len(told), told.null_count) == (2_000, 0)
        assert not any(told.to_pylist())


def test_a_broken_model_explains_nothing(location: str, published: Published) -> None:
    Path(location, "models", published.digests.sha256, "model.txt").write_bytes(b"something else")
    choice = Choice(location, published)
    assert not any(Classifier(choice).explain(classified(choice), np.ones(2_000, bool)).to_pylist())


def checkpoint(tmp_path: Path, begun: int) -> Checkpoint:
    home = Checkpoint.at(str(tmp_path / "checkpoint"))
    for number in range(begun + 1):
        home.write(f"offsets/{number}", b"v1")
    return home


def test_a_new_model_rules_from_the_next_batch_on(tmp_path: Path, location: str, files: Files) -> None:
    choices = Choices(checkpoint(tmp_path, -1), location, lambda: next(ticks))
    ticks = iter(range(0, 1_000, 10))
    assert choices.of(0) == Choice()
    published = publish(location, files, "2026-01-01")
    assert choices.of(0) == Choice()
    assert choices.of(1) == Choice(location, published)


def test_a_batch_that_comes_again_keeps_its_model(tmp_path: Path, location: str, files: Files) -> None:
    first = publish(location, files, "2026-01-01")
    assert Choices(checkpoint(tmp_path, 2), location, lambda: 0.0).of(3).champion == first
    home = checkpoint(tmp_path, 4)
    Checkpoint.at(location).write(CURRENT, encode_publication(Publication()))
    again = Choices(home, location, lambda: 0.0)
    assert [again.of(number).champion for number in (3, 4, 5)] == [first, first, None]
    assert again.of(4).champion == first


def test_batches_before_any_model_stay_without_one(tmp_path: Path, location: str, published: Published) -> None:
    choices = Choices(checkpoint(tmp_path, 1), location, lambda: 0.0)
    assert [choices.of(number).champion for number in (0, 1, 2)] == [None, None, published]


def test_a_manifest_that_cannot_be_read_is_told_and_holds_nothing_back(
    tmp_path: Path, location: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Checkpoint.at(location).write(CURRENT, b"{")
    choice = Choices(checkpoint(tmp_path, -1), location, lambda: 0.0).of(0)
    assert choice.broken
    assert "model_broken" in capsys.readouterr().out
    rows = classified(choice)
    assert set(rows["gate"].to_pylist()) == {None, "FAILED"}
    assert not is_held_back(rows).any()


def test_without_a_location_there_is_no_model(tmp_path: Path) -> None:
    assert Choices(checkpoint(tmp_path, -1), None, lambda: 0.0).of(0) == Choice()
