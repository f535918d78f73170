"""Markers beside the streaming job's checkpoint by which a batch is asked to end after its micro-batch.

`stop/<batch id>` holds the moment of asking. Ids are never used twice, so a marker that is left behind does no harm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fraud.errors import RetryableError
from fraud_service.stores.files import OUT_OF_REACH, Files
from fraud_service.stores.foreign import ours

FOLDER = "stop"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
"""When a batch was asked whose marker tells no moment: it has seen the marker, and was given time enough."""


@dataclass(frozen=True)
class StopMarkers:
    """The batches that were asked to stop, and when. Each call raises RetryableError while that is out of reach."""

    files: Files

    def asked(self, batch_ids: list[str]) -> Mapping[str, datetime]:
        """Return when each of these batches was asked; those that were not are left out."""
        texts = {batch_id: self._read(f"{FOLDER}/{batch_id}") for batch_id in batch_ids}
        return {batch_id: _moment(text) or _LONG_AGO for batch_id, text in texts.items() if text is not None}

    def ask(self, batch_id: str, now: datetime) -> None:
        """Ask a batch to stop; asked before, it keeps its first moment."""
        try:
            self.files.write(f"{FOLDER}/{batch_id}", now.isoformat())
        except OUT_OF_REACH as error:
            raise RetryableError(f"no marker can be left: {type(error).__name__}") from error

    def _read(self, name: str) -> str | None:
        try:
            return self.files.read(name)
        except UnicodeDecodeError:
            return ""  # it is there, and tells nothing
        except OUT_OF_REACH as error:
            raise RetryableError(f"no marker can be read: {type(error).__name__}") from error


def _moment(text: str) -> datetime | None:
    """Return the moment that a marker holds; None for what is none, which is told."""
    return next((moment for _, moment in ours("checkpoint", [text], _aware)), None)


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment
