"""A trained model: its file is looked at by its digest before it is parsed, and gives the same margins everywhere."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

import lightgbm
import msgspec
import numpy as np
import numpy.typing as npt

from fraud.models.publication import Digests
from fraud.scoring.velocity import MAX_NORMAL_VELOCITY
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.classifier.calibration import Calibration, decode_calibration
from fraud_stream.classifier.features import NAMES, Floats

MOST_TREES, MOST_LEAVES = 100, 16
MOST_BYTES = 4_000_000


class BrokenModelError(Exception):
    """A model that is missing, is not what its manifest says, or does not fit this release."""


@dataclass(frozen=True)
class Model:
    """LightGBM trees and their calibration."""

    version: str
    booster: Any
    calibration: Calibration

    def margins(self, features: Floats) -> Floats:
        """Return raw margins: bit for bit the same for a row, whatever rows stand around it and in every process."""
        if not len(features):
            return np.zeros(0)
        margins: Floats = self.booster.predict(features, raw_score=True, num_threads=1)
        return margins

    def contributions(self, features: Floats) -> Floats:
        """Return what each feature adds to each row's margin (TreeSHAP, in log-odds): slow, 0.1 to 0.2 ms a row."""
        parts: Floats = self.booster.predict(features, pred_contrib=True, num_threads=1)
        return parts[:, :-1]  # the last is the margin of nobody in particular

    def probabilities(self, features: Floats) -> Floats:
        """Return the calibrated probability of fraud of each row."""
        return self.calibration.of(self.margins(features), is_gated(features))


def is_gated(features: Floats) -> npt.NDArray[np.bool_]:
    """Tell for which payments velocity would raise an alert."""
    fast: npt.NDArray[np.bool_] = features[:, NAMES.index("velocity_60s")] > MAX_NORMAL_VELOCITY
    return fast


def parse_model(digests: Digests, model: bytes, calibration: bytes) -> Model:
    """Return a model from its files. Raises BrokenModelError unless they are those of the manifest, and fit."""
    _require(model, digests.sha256, "model.txt")
    _require(calibration, digests.calibration_sha256, "calibration.json")
    try:
        booster = lightgbm.Booster(model_str=model.decode())
        steps = decode_calibration(calibration)
    except (lightgbm.basic.LightGBMError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BrokenModelError(f"{digests.sha256}: {error}") from error
    if tuple(booster.feature_name()) != NAMES:
        raise BrokenModelError(f"{digests.sha256} has been trained on other features than this release has")
    return Model(digests.sha256, booster, steps)


def _require(content: bytes, digest: str, name: str) -> None:
    if len(content) > MOST_BYTES or sha256(content).hexdigest() != digest:
        raise BrokenModelError(f"{name} is not the file of SHA-256 {digest} that the manifest says")


def read_model(location: str, digests: Digests) -> Model:
    """Return a model from the objects below a location. Raises BrokenModelError likewise."""
    try:
        home = Checkpoint.at(location)
        files = [home.read(f"models/{digests.sha256}/{name}") for name in ("model.txt", "calibration.json")]
    except OSError as error:
        raise BrokenModelError(f"{location}: {error}") from error
    if None in files:
        raise BrokenModelError(f"{location} holds no model {digests.sha256}")
    return parse_model(digests, *(content or b"" for content in files))


@cache
def loaded_model(location: str, digests: Digests) -> Model:
    """Return a model that this process reads once; one that is broken is looked at anew each time."""
    return read_model(location, digests)
