"""The election by its definition, record by record: slow, and plainly what the contract says."""

from collections.abc import Sequence
from dataclasses import dataclass

HOUR = 3_600_000_000


@dataclass(frozen=True)
class Record:
    """A record that may be accepted; times are microseconds."""

    transaction: str
    at: int
    appended: int
    partition: int = 0
    offset: int = 0

    @property
    def place(self) -> tuple[int, int, int]:
        """The order in which records of one batch are looked at."""
        return self.appended, self.partition, self.offset


def accepted(batches: Sequence[Sequence[Record]]) -> set[tuple[int, int]]:
    """Return the positions accepted: those with no accepted record of their id less than an hour from them."""
    taken: list[Record] = []
    for batch in batches:
        for record in sorted(batch, key=lambda record: record.place):
            others = (other for other in taken if other.transaction == record.transaction)
            if all(abs(other.at - record.at) >= HOUR for other in others):
                taken.append(record)
    return {(record.partition, record.offset) for record in taken}
