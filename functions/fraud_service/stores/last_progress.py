"""How far the streaming job has come, as it tells beside its checkpoint: when it last got on, and up to where it read.

`last_progress` is `{"moved_at": …, "ends": {topic: {partition: offset}}}`. Positions in BigQuery tell of records alone;
a transaction's marker is none, and only who reads the topic knows that nothing is left before an offset.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from fraud.errors import RetryableError
from fraud_service.stores.files import OUT_OF_REACH, Files
from fraud_service.stores.foreign import ours

NAME = "last_progress"


class Progress(msgspec.Struct, frozen=True):
    """What the job told last; `ends` by topic and partition, the first offset that it has not read and settled."""

    moved_at: datetime
    ends: dict[str, dict[str, int]] = {}


@dataclass(frozen=True)
class LastProgress:
    """The job's file."""

    files: Files

    def read(self) -> Progress | None:
        """Return what the job told last; None where it has told nothing that can be read.

        Raises RetryableError while the file is out of reach.
        """
        try:
            text = self.files.read(NAME)
        except UnicodeDecodeError:
            text = ""
        except OUT_OF_REACH as error:
            raise RetryableError(f"the checkpoint cannot be read: {type(error).__name__}") from error
        told = ours("checkpoint", [] if text is None else [text], _progress)
        return told[0][1] if told else None


def _progress(text: str) -> Progress:
    progress = msgspec.json.decode(text, type=Progress)
    if progress.moved_at.tzinfo is None:
        raise ValueError("no time zone")
    return progress
