"""What each batch is scored by: score rules and reference rates, kept in the checkpoint.

A batch that an end of the job has cut short comes again after it. Its rows may stand in the fraud table already, so
it must raise the alerts of the same scores, whatever the settings have become meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from fraud.scoring.score import ScoreRules
from fraud_stream.checkpoint.directory import Checkpoint

FOLDER = "scoring"


class Scoring(BaseModel):
    """Score rules, and US dollars for one unit of each currency."""

    model_config = ConfigDict(frozen=True)

    rules: ScoreRules
    rates: dict[str, Decimal]


@dataclass(frozen=True)
class Scorings:
    """Every scoring that has ruled on a checkpoint, by the number of the first batch it rules."""

    by_first_batch: Mapping[int, Scoring]

    def of(self, batch_id: int) -> Scoring:
        """Return the scoring of a batch."""
        return self.by_first_batch[max(first for first in self.by_first_batch if first <= batch_id)]


def enact(checkpoint: Checkpoint, scoring: Scoring) -> Scorings:
    """Let a scoring rule from the first batch on that Spark has not begun; return it with those before it.

    A checkpoint that has none, as one of an earlier release, gets this one for all its batches.
    """
    known = {number: _read(checkpoint, number) for number in checkpoint.batches(FOLDER)}
    begun = checkpoint.numbers("offsets")
    first = begun[-1] + 1 if begun and known else 0
    if known and Scorings(known).of(first) == scoring:
        return Scorings(known)
    checkpoint.write(_name(first), scoring.model_dump_json().encode())
    return Scorings(known | {first: scoring})


def _read(checkpoint: Checkpoint, number: int) -> Scoring:
    content = checkpoint.read(_name(number))
    return Scoring.model_validate_json(content or b"")


def _name(number: int) -> str:
    return f"{FOLDER}/{number}.json"
