"""Disposition, risk flags and score of a micro-batch's rows: Arrow tables in, Arrow tables out."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fraud.payments.disposition import Disposition, LateReason
from fraud.scoring.score import ALL_FLAGS, RiskFacts, ScoreRules, flag_names, fraud_score, raised_flags
from fraud.scoring.velocity import CRITICAL_VELOCITY, MAX_NORMAL_VELOCITY, velocity_severity
from fraud_stream.stages.masking import AMOUNT

_RATE = pa.decimal128(18, 9)


@dataclass(frozen=True)
class Scorer:
    """Score rules and reference rates (US dollars for one unit of each currency) as look-up tables."""

    rules: ScoreRules
    rates: Mapping[str, Decimal]

    def score(self, accepted: pa.Table) -> pa.Table:
        """Return accepted rows with their velocity, enrichment and score columns added."""
        amount_usd = self._amount_usd(accepted)
        flags = raised_flags(_facts(accepted, amount_usd, self.rules), self.rules)
        scores = np.array([fraud_score(bits, self.rules) for bits in ALL_FLAGS])[flags]
        columns = {
            "is_velocity_fraud": pc.greater(accepted["velocity_60s"], MAX_NORMAL_VELOCITY),
            "severity": _severity(accepted),
            "amount_usd": pc.round(amount_usd, 2, "half_to_even"),
            "fraud_score": pa.array(scores),
            "is_high_risk": pa.array(scores > self.rules.high_risk_above),
            "risk_flags": _lookup([flag_names(bits) for bits in ALL_FLAGS], flags, pa.list_(pa.string())),
        }
        for name, column in columns.items():
            accepted = accepted.append_column(name, column)
        return accepted

    def _amount_usd(self, accepted: pa.Table) -> pa.ChunkedArray:
        currency = accepted["currency"].combine_chunks().dictionary_encode()
        rates = pa.array([self.rates[code] for code in currency.dictionary.to_pylist()], _RATE)
        return pc.multiply(accepted["amount"], rates.take(currency.indices))


def _facts(accepted: pa.Table, amount_usd: pa.ChunkedArray, rules: ScoreRules) -> RiskFacts:
    limit = pa.scalar(Decimal(rules.high_amount_usd), AMOUNT)
    names = ("velocity_60s", "velocity_5m", "region_changed", "devices_changed")
    return RiskFacts(pc.greater(amount_usd, limit).to_numpy(), *(accepted[name].to_numpy() for name in names))


def _severity(accepted: pa.Table) -> pa.Array:
    counts = np.minimum(accepted["velocity_60s"].to_numpy(), CRITICAL_VELOCITY)
    return _lookup([velocity_severity(count) for count in range(CRITICAL_VELOCITY + 1)], counts, pa.string())


def _lookup(values: list[Any], index: npt.NDArray[np.integer[Any]], kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind).take(pa.array(index))


def settle(received: pa.Table, features: pa.Table, late_below: int) -> pa.Table:
    """Return received rows with their final disposition, by position; accepted ones carry their features.

    `features` has a row, with its position, for each one that was elected. `late_below` is the watermark the batch ran
    with, in milliseconds since 1970.
    """
    joined = _with_features(received, features)
    undecided = joined["disposition"].is_null()
    accepted = pc.and_(undecided, joined["velocity_60s"].is_valid())
    late = pc.and_(undecided, pc.less_equal(joined["watermark_time"].cast(pa.int64()), late_below * 1_000))
    fate = pc.if_else(
        accepted, Disposition.ACCEPTED.value, pc.if_else(late, Disposition.LATE.value, Disposition.DUPLICATE.value)
    )
    below = pc.and_(late, pc.invert(accepted))
    joined = _replace(joined, "disposition", pc.coalesce(joined["disposition"], fate))
    return _replace(joined, "reason", pc.if_else(below, LateReason.WATERMARK.value, joined["reason"]))


FEATURE_COLUMNS = ("velocity_60s", "velocity_5m", "velocity_complete", "region_changed", "devices_changed", "peers")


def _with_features(received: pa.Table, features: pa.Table) -> pa.Table:
    ordered = received.sort_by([("kafka_partition", "ascending"), ("kafka_offset", "ascending")])
    keys, found = _position_keys(ordered), _position_keys(features)
    index = np.full(len(keys), -1)
    index[np.searchsorted(keys, found)] = np.arange(len(found))
    rows = pa.array(index, mask=index < 0)
    for name in FEATURE_COLUMNS:
        ordered = ordered.append_column(name, features[name].take(rows))
    return ordered


def _position_keys(rows: pa.Table) -> npt.NDArray[np.int64]:
    # 2^47 offsets of 2^16 partitions: more than a topic ever holds
    keys: npt.NDArray[np.int64] = rows["kafka_partition"].to_numpy().astype(np.int64) << 47
    offsets: npt.NDArray[np.int64] = rows["kafka_offset"].to_numpy()
    return keys | offsets


def _replace(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)
