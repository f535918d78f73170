"""Publishing: a model's files under its digest, then the manifest, so that it names only what is there."""

from hashlib import sha256
from typing import Any

from fraud.models.publication import CURRENT, Digests, Mode, Publication, Published, encode_publication
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.classifier.calibration import Calibration, encode_calibration
from fraud_stream.classifier.model import Model, parse_model
from fraud_stream.classifier.publication import read_publication


def packed(booster: Any, calibration: Calibration) -> tuple[Model, dict[str, bytes]]:  # noqa: ANN401  LightGBM is not typed
    """Return trees and calibration as a model, and its files: what is judged is what is read back from them."""
    files = {"model.txt": booster.model_to_string().encode(), "calibration.json": encode_calibration(calibration)}
    digests = Digests(*(sha256(content).hexdigest() for content in files.values()))
    return parse_model(digests, *files.values()), files


def digests_of(files: dict[str, bytes]) -> Digests:
    """Return what a manifest says of a model's files."""
    return Digests(*(sha256(files[name]).hexdigest() for name in ("model.txt", "calibration.json")))


def publish(location: str, files: dict[str, bytes], trained_at: str) -> Published:
    """Publish a model: live where no other is, else in shadow, until two people make it live."""
    home, digests = Checkpoint.at(location), digests_of(files)
    standing = read_publication(location).models
    others = tuple(model for model in standing if model.digests != digests)
    mode = Mode.SHADOW if any(model.mode is Mode.LIVE for model in others) else Mode.LIVE
    published = Published(digests, mode, trained_at)
    for name, content in files.items():
        home.write(f"models/{digests.sha256}/{name}", content)
    home.write(CURRENT, encode_publication(Publication((*others, published))))
    return published
