"""Disposition, risk flags and score of a micro-batch's rows: Arrow tables in, Arrow tables out."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fraud.payments.disposition import Disposition
from fraud.scoring.score import ALL_FLAGS, RiskFacts, ScoreRules, flag_names, fraud_score, raised_flags
from fraud.scoring.velocity import CRITICAL_VELOCITY, MAX_NORMAL_VELOCITY, velocity_severity
from fraud_stream.stages.amount import in_usd, rounded_usd
from fraud_stream.stages.masking import AMOUNT


@dataclass(frozen=True)
class Scorer:
    """Score rules and reference rates (US dollars for one unit of each currency) as look-up tables."""

    rules: ScoreRules
    rates: Mapping[str, Decimal]

    def score(self, accepted: pa.Table) -> pa.Table:
        """Return accepted rows with their velocity, enrichment and score columns added."""
        amount_usd = in_usd(accepted["amount"], accepted["currency"], self.rates)
        flags = raised_flags(_facts(accepted, amount_usd, self.rules), self.rules)
        scores = np.array([fraud_score(bits, self.rules) for bits in ALL_FLAGS])[flags]
        columns = {
            "is_velocity_fraud": pc.greater(accepted["velocity_60s"], MAX_NORMAL_VELOCITY),
            "severity": _severity(accepted),
            "amount_usd": rounded_usd(amount_usd),
            "fraud_score": pa.array(scores),
            "is_high_risk": pa.array(scores > self.rules.high_risk_above),
            "risk_flags": _lookup([flag_names(bits) for bits in ALL_FLAGS], flags, pa.list_(pa.string())),
        }
        for name, column in columns.items():
            accepted = accepted.append_column(name, column)
        return accepted


def _facts(accepted: pa.Table, amount_usd: pa.ChunkedArray, rules: ScoreRules) -> RiskFacts:
    limit = pa.scalar(Decimal(rules.high_amount_usd), AMOUNT)
    names = ("velocity_60s", "velocity_5m", "region_changed", "devices_changed")
    return RiskFacts(pc.greater(amount_usd, limit).to_numpy(), *(accepted[name].to_numpy() for name in names))


def _severity(accepted: pa.Table) -> pa.Array:
    counts = np.minimum(accepted["velocity_60s"].to_numpy(), CRITICAL_VELOCITY)
    return _lookup([velocity_severity(count) for count in range(CRITICAL_VELOCITY + 1)], counts, pa.string())


def _lookup(values: list[Any], index: npt.NDArray[np.integer[Any]], kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind).take(pa.array(index))


def settle(received: pa.Table, accepted: pa.Array) -> pa.Table:
    """Return received rows with their final disposition; what was open is a duplicate unless it was accepted."""
    fate = pc.if_else(accepted, Disposition.ACCEPTED.value, Disposition.DUPLICATE.value)
    index = received.column_names.index("disposition")
    return received.set_column(index, "disposition", pc.coalesce(received["disposition"], fate))
