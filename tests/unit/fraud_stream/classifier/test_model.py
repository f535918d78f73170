from hashlib import sha256
from pathlib import Path

import lightgbm
import msgspec
import numpy as np
import pytest
import treelite
from hypothesis import given
from hypothesis import strategies as st

from fraud.models.publication import Digests, Mode, Published
from fraud_stream.classifier.calibration import Calibration, Steps, decode_calibration, encode_calibration
from fraud_stream.classifier.features import Floats
from fraud_stream.classifier.model import BrokenModelError, parse_model, read_model
from fraud_training.publishing import digests_of, publish
from tests.unit.fraud_stream.classifier.conftest import Files


def test_margins_are_bit_equal_after_they_are_read_back(
    trees: lightgbm.Booster, location: str, published: Published, features: Floats
) -> None:
    model = read_model(location, published.digests)
    assert model.margins(features).tobytes() == np.asarray(trees.predict(features, raw_score=True)).tobytes()


def test_margins_are_bit_equal_however_a_batch_is_cut(location: str, published: Published, features: Floats) -> None:
    model = read_model(location, published.digests)
    whole = model.margins(features)
    parts = [model.margins(features[start : start + 37]) for start in range(0, len(features), 37)]
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    assert np.concatenate([model.margins(row[None, :]) for row in features[:50]]).tobytes() == whole[:50].tobytes()
    assert len(model.margins(features[:0])) == 0


@pytest.mark.parametrize("name", ["model.txt", "calibration.json"])
def test_a_file_that_is_not_the_manifests_is_never_parsed(files: Files, name: str) -> None:
    changed = {**files, name: files[name] + b" "}
    with pytest.raises(BrokenModelError, match=f"{name} is not the file"):
        parse_model(digests_of(files), changed["model.txt"], changed["calibration.json"])


def test_what_is_no_model_is_told_although_the_manifest_names_it(files: Files) -> None:
    digests = Digests(sha256(b"tree").hexdigest(), digests_of(files).calibration_sha256)
    with pytest.raises(BrokenModelError):
        parse_model(digests, b"tree", files["calibration.json"])


def test_a_model_of_other_features_is_refused(files: Files) -> None:
    content = files["model.txt"].replace(b"velocity_60s", b"velocity_61s")
    digests = Digests(sha256(content).hexdigest(), digests_of(files).calibration_sha256)
    with pytest.raises(BrokenModelError, match="other features"):
        parse_model(digests, content, files["calibration.json"])


def test_a_missing_model_is_named(tmp_path: Path, published: Published) -> None:
    with pytest.raises(BrokenModelError, match="holds no model"):
        read_model(str(tmp_path / "elsewhere"), published.digests)


def test_the_first_model_is_live_and_a_second_one_waits_in_shadow(location: str, files: Files) -> None:
    first = publish(location, files, "2026-01-01")
    other = {**files, "calibration.json": encode_calibration(Calibration(Steps((), (0.5,)), Steps((), (0.1,))))}
    assert (first.mode, publish(location, other, "2026-01-02").mode) == (Mode.LIVE, Mode.SHADOW)
    assert publish(location, files, "2026-01-03").mode is Mode.LIVE


@given(st.lists(st.floats(-20, 20), unique=True, max_size=8), st.lists(st.floats(-30, 30), min_size=1))
def test_steps_are_read_back_bit_for_bit_and_rise(cuts: list[float], margins: list[float]) -> None:
    steps = Steps(sorted(cuts), np.linspace(0.001, 0.999, len(cuts) + 1).tolist())
    again = decode_calibration(encode_calibration(Calibration(steps, steps))).gated
    ordered = np.sort(np.array(margins))
    assert again.of(ordered).tobytes() == steps.of(ordered).tobytes()
    assert np.all(np.diff(steps.of(ordered)) >= 0)


def test_a_margin_at_a_cut_is_of_the_step_above() -> None:
    assert Steps((0.0,), (0.1, 0.9)).of(np.array([-1e-9, 0.0])).tolist() == [0.1, 0.9]


@pytest.mark.parametrize(
    "table",
    [
        '{"cuts":[0],"probabilities":[0.1]}',
        '{"cuts":[1,0],"probabilities":[0,0.5,1]}',
        '{"cuts":[],"probabilities":[2]}',
    ],
)
def test_what_is_no_table_of_steps_is_refused(table: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_calibration(b'{"calm":' + table.encode() + b',"gated":' + table.encode() + b"}")


def test_treelite_gives_the_same_margins(trees: lightgbm.Booster, features: Floats, tmp_path: Path) -> None:
    trees.save_model(tmp_path / "model.txt")
    oracle = treelite.gtil.predict(
        treelite.frontend.load_lightgbm_model(tmp_path / "model.txt"), features, pred_margin=True
    )
    assert np.ravel(oracle).tobytes() == np.asarray(trees.predict(features, raw_score=True)).tobytes()
