"""Disposition, risk flags and score of a micro-batch's rows: Arrow tables in, Arrow tables out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fraud.detections.detection import Detection
from fraud.payments.disposition import Disposition
from fraud.scoring.facts import FIELDS
from fraud.scoring.score import HIGH_RISK_ABOVE
from fraud.scoring.velocity import CRITICAL_VELOCITY, MAX_NORMAL_VELOCITY, velocity_severity
from fraud_stream.checkpoint.lists import Lists
from fraud_stream.classifier.serving import UNGATED, Classifier, is_held_back
from fraud_stream.profiles.profiles import Profiles
from fraud_stream.stages.amount import in_usd, rounded_usd
from fraud_stream.stages.columns import Facts
from fraud_stream.stages.detections import judge_batch
from fraud_stream.stages.habits import with_habits
from fraud_stream.stages.lists import on_lists

_OF_FACTS = {"geographic_risk": "region_changed", "device_risk": "devices_changed"}
"""Facts that rows hold under another name until they are stored."""


class Scored(NamedTuple):
    """Accepted rows with their scores, and how often each detection hit, those in shadow included."""

    rows: pa.Table
    hits: Mapping[str, int]


@dataclass(frozen=True)
class Scorer:
    """Detections, reference rates (US dollars for one unit of each currency), where lists are read, a classifier, and
    where profiles are.
    """

    detections: tuple[Detection, ...]
    rates: Mapping[str, Decimal]
    lists: Callable[[], Lists] = dict
    classifier: Classifier = UNGATED
    profiles: Callable[[], Sequence[Profiles]] = tuple

    def score(self, accepted: pa.Table) -> Scored:
        """Return accepted rows with their enrichment and score columns added."""
        amount_usd = rounded_usd(in_usd(accepted["amount"], accepted["currency"], self.rates))
        is_velocity_fraud = pc.greater(accepted["velocity_60s"], MAX_NORMAL_VELOCITY)
        accepted = with_habits(accepted.append_column("amount_usd", amount_usd), self.profiles())
        accepted = self.classifier.classify(accepted.append_column("is_velocity_fraud", is_velocity_fraud))
        held_back = is_held_back(accepted)
        listed = on_lists(accepted, self.lists())
        accepted = accepted.append_column("list_hits", listed.hits)
        verdicts = judge_batch(self.detections, facts_of(self.classifier.as_facts(accepted)), held_back)
        is_high_risk = verdicts.scores > HIGH_RISK_ABOVE
        is_suspicious = (is_velocity_fraud.to_numpy() & ~held_back) | is_high_risk | verdicts.alerts
        is_alert = is_suspicious & (listed.blocked | ~listed.allowed)
        columns = {
            "severity": _severity(accepted),
            "fraud_score": pa.array(verdicts.scores),
            "is_high_risk": pa.array(is_high_risk),
            "risk_flags": verdicts.flags,
            "reason_codes": verdicts.reasons,
            "is_alert": pa.array(is_alert),
            "model_reasons": self.classifier.explain(accepted, is_alert | held_back),
        }
        for name, column in columns.items():
            accepted = accepted.append_column(name, column)
        return Scored(accepted, verdicts.hits)


def facts_of(accepted: pa.Table) -> Facts:
    """Return what is known of accepted rows by the names of facts; what is not there yet is unknown."""
    held = {name: _OF_FACTS.get(name, name) for name in FIELDS}
    names = set(accepted.column_names)
    return Facts(len(accepted), {name: accepted[column] for name, column in held.items() if column in names})


def _severity(accepted: pa.Table) -> pa.Array:
    counts = np.minimum(accepted["velocity_60s"].to_numpy(), CRITICAL_VELOCITY)
    severities = pa.array([velocity_severity(count) for count in range(CRITICAL_VELOCITY + 1)], pa.string())
    return severities.take(pa.array(counts))


def settle(received: pa.Table, accepted: pa.Array) -> pa.Table:
    """Return received rows with their final disposition; what was open is a duplicate unless it was accepted."""
    fate = pc.if_else(accepted, Disposition.ACCEPTED.value, Disposition.DUPLICATE.value)
    index = received.column_names.index("disposition")
    return received.set_column(index, "disposition", pc.coalesce(received["disposition"], fate))
