"""What each batch is scored by: detections and reference rates. A batch that comes again raises the same alerts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from fraud.detections.detection import Detection, default_detections
from fraud_stream.checkpoint.book import Book
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
    """The scorings of a checkpoint's batches."""

    checkpoint: Checkpoint
    rates: dict[str, Decimal]
    standing: Standing
    _book: Book[Scoring] = field(init=False)

    def __post_init__(self) -> None:
        """Read what earlier batches were scored by."""
        self._book = Book(self.checkpoint, FOLDER, msgspec.json.encode, _read)

    def of(self, batch_id: int) -> Scoring:
        """Return the scoring of a batch; batches are asked for in their order."""
        return self._book.of(batch_id, self._chosen)

    def _chosen(self, before: Scoring | None) -> Scoring:
        detections = self.standing()
        fallback = before.detections if before else default_detections()
        return Scoring(list(fallback if detections is None else detections), self.rates)


def _read(content: bytes) -> Scoring:
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
