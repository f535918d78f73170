"""What Spark has planned of each batch before it began, by its offset log: when that was, how far it reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from fraud_stream.checkpoint.directory import Checkpoint


class _Metadata(msgspec.Struct, rename={"timestamp_ms": "batchTimestampMs"}):
    timestamp_ms: int
    conf: dict[str, str] = {}


_METADATA = msgspec.json.Decoder(_Metadata)
_ENDS = msgspec.json.Decoder(dict[str, dict[int, int]])


@dataclass(frozen=True)
class OffsetLog:
    """A file of Spark's offset log: a version, what is so of the batch, and where its source ends, a line each."""

    content: bytes

    @property
    def begun_at(self) -> datetime:
        """When Spark began the batch; equal when the batch is replayed."""
        return datetime.fromtimestamp(self._metadata.timestamp_ms / 1000, UTC)

    @property
    def conf(self) -> Mapping[str, str]:
        """Spark's properties that are frozen in the checkpoint."""
        return self._metadata.conf

    @property
    def source(self) -> bytes:
        """Up to where the batch reads, as Spark writes and takes it."""
        return self.content.split(b"\n")[2]

    @property
    def end(self) -> int:
        """How many positions lie before the batch's end, over all partitions."""
        return sum(sum(of_topic.values()) for of_topic in ends(self.source).values())

    @property
    def _metadata(self) -> _Metadata:
        return _METADATA.decode(self.content.split(b"\n")[1])


def ends(source: bytes) -> dict[str, dict[int, int]]:
    """Return the offsets of a source by topic and partition."""
    return _ENDS.decode(source)


def find_offset_log(checkpoint: Checkpoint, batch_id: int) -> OffsetLog | None:
    """Return what Spark has written of a batch, None where it has not begun it."""
    content = checkpoint.read(f"offsets/{batch_id}")
    return None if content is None else OffsetLog(content)


def offset_log(checkpoint: Checkpoint, batch_id: int) -> OffsetLog:
    """Return what Spark has written of a batch. Raises ValueError where it has not begun it."""
    found = find_offset_log(checkpoint, batch_id)
    if found is None:
        raise ValueError(f"Spark has not begun batch {batch_id}: {checkpoint.path}/offsets holds no file of it")
    return found


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
        planned, start = offset_log(self.checkpoint, batch_id), self._end_of(batch_id - 1)
        end = planned.end
        self._latest = batch_id, end
        return Plan(planned.begun_at, None if start is None else end - start)

    def _end_of(self, batch_id: int) -> int | None:
        if self._latest and self._latest[0] == batch_id:
            return self._latest[1]
        before = find_offset_log(self.checkpoint, batch_id)
        return before.end if before else None
