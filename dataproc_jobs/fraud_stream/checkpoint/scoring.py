"""What each batch is scored by: detections and reference rates, kept in the checkpoint.

A batch that an end of the job has cut short comes again after it. Its rows may stand in the fraud table already, so
it must raise the alerts of the same scores, whatever detections and settings have become meanwhile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from fraud.detections.detection import Detection, default_detections
from fraud_stream.checkpoint.directory import Checkpoint

FOLDER = "scoring"

Standing = Callable[[], Sequence[Detection] | None]
"""Tells the detections that stand now; None where nobody can tell, or none has ever been stored."""


class Scoring(msgspec.Struct, frozen=True):
    """Detections, and US dollars for one unit of each currency."""

    detections: list[Detection]
    rates: dict[str, Decimal]


class _OfScoreRules(msgspec.Struct):
    """A file of a release before detections: points and bounds of six flags."""

    rules: dict[str, int]
    rates: dict[str, Decimal]


@dataclass
class Scorings:
    """The scorings of a checkpoint, each by the number of the first batch it rules.

    A batch gets what stands when it is first asked for, and keeps that: a batch that Spark had begun before this
    process did gets what it was begun with.
    """

    checkpoint: Checkpoint
    rates: dict[str, Decimal]
    standing: Standing
    _begun: int = field(init=False)
    _known: dict[int, Scoring] = field(init=False)

    def __post_init__(self) -> None:
        self._begun = max(self.checkpoint.numbers("offsets"), default=-1)
        self._known = {number: _read(self.checkpoint, number) for number in self.checkpoint.batches(FOLDER)}

    def of(self, batch_id: int) -> Scoring:
        """Return the scoring of a batch; batches are asked for in their order."""
        if batch_id > self._begun or not self._known:
            self._enact(batch_id)
        return self._known[max(first for first in self._known if first <= batch_id)]

    def _enact(self, batch_id: int) -> None:
        """Let what stands rule from a batch on; a checkpoint that has none gets it for all its batches."""
        before = self._known[max(self._known)] if self._known else None
        fallback = before.detections if before else default_detections()
        detections = self.standing()
        wanted = Scoring(list(fallback if detections is None else detections), self.rates)
        if wanted != before:
            first = batch_id if self._known else 0
            self.checkpoint.write(_name(first), msgspec.json.encode(wanted))
            self._known[first] = wanted
        self._begun = batch_id


def _read(checkpoint: Checkpoint, number: int) -> Scoring:
    content = checkpoint.read(_name(number)) or b""
    try:
        return msgspec.json.decode(content, type=Scoring)
    except msgspec.ValidationError:
        old = msgspec.json.decode(content, type=_OfScoreRules)
        return Scoring(of_score_rules(old.rules), old.rates)


def of_score_rules(rules: dict[str, int]) -> list[Detection]:
    """Return the detections that say what the score rules of an earlier release said; `SCORE_RULES` was their name."""
    bounds = {
        "high-amount": f"amount_usd > {rules['high_amount_usd']}",
        "velocity-5m": f"velocity_5m > {rules['max_normal_velocity_5m']}",
    }
    return [
        msgspec.structs.replace(
            one,
            points=rules[one.detection_id.replace("-", "_")],
            expression=bounds.get(one.detection_id, one.expression),
        )
        for one in default_detections()
        if one.detection_id.replace("-", "_") in rules
    ]


def _name(number: int) -> str:
    return f"{FOLDER}/{number}.json"
