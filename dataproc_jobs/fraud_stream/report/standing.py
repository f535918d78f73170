"""Whether a Kafka partition stands still: records wait in it, and batch after batch reads none of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Partition = tuple[str, str]


@dataclass
class Standing:
    """Since when each partition that has records to read has stood at the same offset."""

    _since: dict[Partition, tuple[int, datetime]] = field(default_factory=dict)

    def longest_s(self, progress: Mapping[str, Any]) -> float:
        """Return for how many seconds the partition that stands longest has, by what Spark tells of a batch."""
        began = datetime.fromisoformat(progress["timestamp"])
        waiting = {partition: end for partition, end, latest in _partitions(progress["sources"]) if latest > end}
        self._since = {
            partition: self._since[partition] if self._stands(partition, end) else (end, began)
            for partition, end in waiting.items()
        }
        return max(((began - since).total_seconds() for _, since in self._since.values()), default=0.0)

    def _stands(self, partition: Partition, end: int) -> bool:
        return partition in self._since and self._since[partition][0] == end


def _partitions(sources: Iterable[Mapping[str, Any]]) -> Iterable[tuple[Partition, int, int]]:
    """Yield each partition with the offset up to which it was read, and the one up to which there are records."""
    for source in sources:
        ends = source.get("endOffset") or {}
        for topic, partitions in (source.get("latestOffset") or {}).items():
            for number, latest in partitions.items():
                yield (topic, number), ends.get(topic, {}).get(number, 0), latest
