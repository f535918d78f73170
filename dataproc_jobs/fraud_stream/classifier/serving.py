"""The classifier in a batch: every accepted payment is scored, and velocity alerts go through the gate."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import structlog

from fraud_stream.classifier.choice import NOTHING, Choice, is_live
from fraud_stream.classifier.features import COLUMNS, Floats, features_of
from fraud_stream.classifier.gate import HELD_BACK, failed, verdicts
from fraud_stream.classifier.model import BrokenModelError, loaded_model

CLASSIFIED = pa.schema([("fraud_probability", pa.float64()), ("model_version", pa.string()), ("gate", pa.string())])
"""What is added to an accepted payment; null where no model is published."""

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
        probabilities = self._probabilities(rows)
        if probabilities is None:
            gate = failed(rows) if is_live(self.choice) else pa.nulls(len(rows), pa.string())
            return _with(rows, pa.nulls(len(rows), pa.float64()), pa.nulls(len(rows), pa.string()), gate)
        version = pa.repeat(pa.scalar(self._version, pa.string()), len(rows))
        gate = verdicts(rows, probabilities) if is_live(self.choice) else pa.nulls(len(rows), pa.string())
        return _with(rows, pa.array(probabilities), version, gate)

    def as_facts(self, rows: pa.Table) -> pa.Table:
        """Return classified rows for those who judge them: only a live model's word counts."""
        return rows if is_live(self.choice) else rows.drop_columns("fraud_probability")

    @property
    def _version(self) -> str | None:
        return self.choice.champion.digests.sha256 if self.choice.champion else None

    def _probabilities(self, rows: pa.Table) -> Floats | None:
        if self.choice.champion is None:
            return None
        try:
            model = loaded_model(self.choice.location, self.choice.champion.digests)
        except BrokenModelError as error:
            log.exception("model_broken", error=str(error))
            return None
        return model.probabilities(features_of(_named_as_stored(rows)))


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
