"""The classifier in a batch: every accepted payment is scored, and velocity alerts go through the gate."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import structlog

from fraud.models.publication import Published
from fraud_stream.classifier.choice import NOTHING, Choice, is_live
from fraud_stream.classifier.explanation import explained
from fraud_stream.classifier.features import COLUMNS, Floats, features_of
from fraud_stream.classifier.gate import HELD_BACK, failed, verdicts
from fraud_stream.classifier.model import BrokenModelError, loaded_model

CLASSIFIED = pa.schema(
    [
        ("fraud_probability", pa.float64()),
        ("model_version", pa.string()),
        ("gate", pa.string()),
        ("challenger_probability", pa.float64()),
        ("challenger_version", pa.string()),
    ]
)
"""What is added to an accepted payment; null where no model is published."""

EXPLANATION = pa.list_(pa.string())

_HELD_AS: Mapping[str, str] = {"geographic_risk": "region_changed", "device_risk": "devices_changed"}
"""Columns that rows hold under another name until they are stored."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Classifier:
    """The models of one batch; none unless told."""

    choice: Choice = NOTHING

    def classify(self, rows: pa.Table) -> pa.Table:
        """Return accepted rows, with features, velocity and US dollars, with the columns of `CLASSIFIED`.

        A model that is missing or broken fails no batch: its rows say FAILED, and are alerted as without a gate.
        """
        features = features_of(_named_as_stored(rows)) if self.choice.champion else np.zeros((len(rows), 0))
        champion = self._probabilities(self.choice.champion, features)
        challenger = self._probabilities(self.choice.challenger, features)
        return _with(
            rows,
            *_scores(self.choice.champion, champion, len(rows)),
            self._gate(rows, champion),
            *_scores(self.choice.challenger, challenger, len(rows)),
        )

    def _gate(self, rows: pa.Table, probabilities: Floats | None) -> pa.Array:
        if not is_live(self.choice):
            return pa.nulls(len(rows), pa.string())
        return failed(rows) if probabilities is None else verdicts(rows, probabilities)

    def explain(self, rows: pa.Table, asked: npt.NDArray[np.bool_]) -> pa.Array:
        """Return for each classified row why its probability is what it is, in words.

        Nothing for rows not asked about, and where no live model gave a probability.
        """
        told: list[list[str]] = []
        champion = self.choice.champion
        places = np.flatnonzero(asked & rows["model_version"].is_valid().to_numpy())
        if champion and is_live(self.choice) and len(places):
            model = loaded_model(self.choice.location, champion.digests)
            told = explained(model, features_of(_named_as_stored(rows.take(pa.array(places)))))
        which = np.zeros(len(rows), np.int64)
        which[places[: len(told)]] = np.arange(1, len(told) + 1)
        return pa.array([[], *told], EXPLANATION).take(pa.array(which))

    def as_facts(self, rows: pa.Table) -> pa.Table:
        """Return classified rows for those who judge them: only a live model's word counts."""
        return rows if is_live(self.choice) else rows.drop_columns("fraud_probability")

    def _probabilities(self, published: Published | None, features: Floats) -> Floats | None:
        if published is None:
            return None
        try:
            return loaded_model(self.choice.location, published.digests).probabilities(features)
        except BrokenModelError as error:
            log.exception("model_broken", error=str(error))
            return None


def _scores(published: Published | None, probabilities: Floats | None, count: int) -> tuple[pa.Array, pa.Array]:
    """Return the columns of one model: its probabilities and its digest, null without them."""
    if published is None or probabilities is None:
        return pa.nulls(count, pa.float64()), pa.nulls(count, pa.string())
    return pa.array(probabilities), pa.repeat(pa.scalar(published.digests.sha256, pa.string()), count)


def _named_as_stored(rows: pa.Table) -> pa.Table:
    held = set(rows.column_names)
    sources = [name if name in held else _HELD_AS[name] for name in COLUMNS]
    return pa.table([rows[source] for source in sources], names=list(COLUMNS))


def _with(rows: pa.Table, *columns: pa.Array) -> pa.Table:
    for name, column in zip(CLASSIFIED.names, columns, strict=True):
        rows = rows.append_column(name, column)
    return rows


def is_held_back(rows: pa.Table) -> npt.NDArray[np.bool_]:
    """Tell which classified rows a gate holds back."""
    held: npt.NDArray[np.bool_] = pc.is_in(rows["gate"], pa.array([*HELD_BACK], pa.string())).to_numpy()
    return held


UNGATED = Classifier()
"""Where no model is published."""
