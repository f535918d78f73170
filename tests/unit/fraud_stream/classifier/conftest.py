from pathlib import Path

import lightgbm
import pytest

from fraud.models.publication import Published
from fraud_stream.classifier.calibration import Calibration, Steps
from fraud_stream.classifier.features import NAMES, Floats, features_of
from fraud_training.publishing import packed, publish
from tests.unit.fraud_stream.classifier.payments import doubtful, some_payments

Files = dict[str, bytes]


@pytest.fixture(scope="session")
def trees() -> lightgbm.Booster:
    features = features_of(some_payments())
    data = lightgbm.Dataset(features, doubtful(features), feature_name=list(NAMES))
    return lightgbm.train({"objective": "binary", "num_leaves": 16, "verbosity": -1, "deterministic": True}, data, 50)


@pytest.fixture(scope="session")
def files(trees: lightgbm.Booster) -> Files:
    return packed(trees, Calibration(Steps((-1.0, 0.0, 2.0), (0.01, 0.3, 0.6, 0.97)), Steps((), (0.001,))))[1]


@pytest.fixture
def location(tmp_path: Path) -> str:
    return str(tmp_path)


@pytest.fixture
def published(location: str, files: Files) -> Published:
    return publish(location, files, "2026-01-01T00:00:00+00:00")


@pytest.fixture(scope="session")
def features() -> Floats:
    return features_of(some_payments())
