"""What Spark has planned of each batch before it began: when that was, and how far the batch reads."""

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from fraud_stream.checkpoint.directory import Checkpoint


@dataclass(frozen=True)
class Plan:
    """When Spark began a batch, and how many positions it reads at most, transaction markers included.

    Both are equal when the batch is replayed; the number is None where no batch came before.
    """

    begun_at: datetime
    positions: int | None


@dataclass
class Plans:
    """The plans of a checkpoint's batches; where the last one ended is remembered, so that the next asks one file."""

    checkpoint: Checkpoint
    _latest: tuple[int, int] | None = None

    def of(self, batch_id: int) -> Plan:
        """Return the plan of a batch. Raises ValueError where Spark has not begun it."""
        planned = _read(self.checkpoint, batch_id)
        if planned is None:
            raise ValueError(
                f"Spark has not begun batch {batch_id}: {self.checkpoint.path}/offsets holds no file of it"
            )
        start = self._end_of(batch_id - 1)
        self._latest = batch_id, planned.end
        return Plan(planned.begun_at, None if start is None else planned.end - start)

    def _end_of(self, batch_id: int) -> int | None:
        if self._latest and self._latest[0] == batch_id:
            return self._latest[1]
        planned = _read(self.checkpoint, batch_id)
        return planned.end if planned else None


@dataclass(frozen=True)
class _Planned:
    begun_at: datetime
    end: int


class _Metadata(msgspec.Struct, rename={"timestamp_ms": "batchTimestampMs"}):
    timestamp_ms: int


_METADATA = msgspec.json.Decoder(_Metadata)
_ENDS = msgspec.json.Decoder(dict[str, dict[str, int]])


def _read(checkpoint: Checkpoint, batch_id: int) -> _Planned | None:
    """Read Spark's offset log: a version, what is so of the batch, and a line for each source."""
    content = checkpoint.read(f"offsets/{batch_id}")
    if content is None:
        return None
    metadata, source = content.split(b"\n")[1:3]
    begun = datetime.fromtimestamp(_METADATA.decode(metadata).timestamp_ms / 1000, UTC)
    return _Planned(begun, sum(sum(ends.values()) for ends in _ENDS.decode(source).values()))
