"""Received = accepted + duplicate + late + rejected, for every offset that the job has finished: no gap, no repeat.

Offsets that hold no record are none of them, and counted apart.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from reconciliation.finding import MOST, Difference, Finding, position
from reconciliation.holes import Holes
from reconciliation.reach import Reach
from reconciliation.tables import Tables

BLOCK = 100_000
"""Offsets counted together; only a block whose count is wrong is read position by position."""

DISPOSITIONS = ("accepted", "duplicates", "late", "rejected")


def audited_blocks(tables: Tables) -> list[dict[str, Any]]:
    """Return the audited positions, counted by block of offsets."""
    return list(tables.rows("blocks", width=BLOCK))


def check_positions(tables: Tables, blocks: Sequence[dict[str, Any]], holes: Holes) -> list[Finding]:
    """Return one finding for each Kafka partition."""
    by_partition: dict[int, list[dict[str, Any]]] = {reach.partition: [] for reach in tables.reaches}
    for block in blocks:
        by_partition.setdefault(block["kafka_partition"], []).append(block)
    return [_Partition(tables, reach, holes).finding(by_partition[reach.partition]) for reach in tables.reaches]


def _lost(reach: Reach) -> Iterator[Difference]:
    if reach.begin > reach.end:
        where = f"{position(reach.partition, reach.end)} to {reach.begin - 1}"
        yield Difference(where, "Kafka deleted it before the job read it")
    if reach.end > reach.top:
        where = f"{position(reach.partition, reach.top)} to {reach.end - 1}"
        yield Difference(where, "the job finished it, and Kafka has never had it")


def _undecided(reach: Reach, blocks: list[dict[str, Any]]) -> Iterator[Difference]:
    for block in blocks:
        others = block["positions"] - sum(block[name] for name in DISPOSITIONS)
        if others:
            first = position(reach.partition, block["offset_block"] * BLOCK)
            yield Difference(first, f"{others} of this block have none of the four dispositions")


@dataclass
class _Partition:
    """A partition under proof; `holes_found` are offsets of which Kafka says that they hold no record."""

    tables: Tables
    reach: Reach
    holes: Holes
    holes_found: int = 0

    def finding(self, blocks: list[dict[str, Any]]) -> Finding:
        """Return what there is to say of its positions."""
        reach = self.reach
        totals = Counter({name: sum(block[name] for block in blocks) for name in DISPOSITIONS})
        wrong = list(islice(chain(_lost(reach), _undecided(reach, blocks), self._misplaced(blocks)), MOST))
        parts = " + ".join(f"{totals[name]:,} {name}" for name in DISPOSITIONS)
        received = reach.end - reach.first - self.holes_found
        empty = f", {self.holes_found:,} offsets without a record" if self.holes_found else ""
        lag = f", {reach.top - reach.end:,} not finished" if reach.top > reach.end else ""
        return Finding(f"partition {reach.partition}", f"{received:,} received = {parts}{empty}{lag}", wrong)

    def _misplaced(self, blocks: list[dict[str, Any]]) -> Iterator[Difference]:
        counted = {block["offset_block"]: block for block in blocks}
        numbers = {*counted, *range(self.reach.first // BLOCK, -(-self.reach.end // BLOCK))}
        for number in sorted(numbers):
            yield from self._of_block(number, counted.get(number, {"positions": 0, "distinct_positions": 0}))

    def _of_block(self, number: int, block: dict[str, Any]) -> Iterator[Difference]:
        reach, first, last = self.reach, number * BLOCK, (number + 1) * BLOCK - 1
        expected = max(0, min(last + 1, reach.end) - max(first, reach.first))
        if block["positions"] == block["distinct_positions"] == expected:
            return
        before = self.holes_found
        within = list(islice(self._within(first, last), MOST))
        expected -= self.holes_found - before
        if within or not block["positions"] == block["distinct_positions"] == expected:
            counts = f"{block['positions']} dispositions of {block['distinct_positions']} offsets, not of {expected}"
            yield Difference(f"{position(reach.partition, first)} to {last}", counts)
            yield from within

    def _within(self, first: int, last: int) -> Iterator[Difference]:
        reach, last = self.reach, min(last, self.reach.end - 1)
        rows = self.tables.rows("block_positions", partition=reach.partition, first=first, last=last)
        expected = max(first, reach.first)
        for row in chain(rows, [{"kafka_offset": last + 1, "positions": 1}]):
            offset, times = row["kafka_offset"], row["positions"]
            yield from self._missing(expected, offset - 1)
            if offset < reach.first:
                yield Difference(position(reach.partition, offset), "a disposition from before the job's first batch")
            if times > 1:
                yield Difference(position(reach.partition, offset), f"{times} dispositions")
            expected = max(expected, offset + 1)

    def _missing(self, first: int, last: int) -> Iterator[Difference]:
        """Yield the offsets of a span that have no disposition and ought to: those at which Kafka holds a record.

        Of what Kafka has deleted nobody can tell any more, so it counts as one.
        """
        reach = self.reach
        deleted = range(first, min(last + 1, reach.begin))
        yield from (Difference(position(reach.partition, gap), "no disposition") for gap in deleted)
        held = max(first, reach.begin)
        if held <= last:
            self.holes_found += last - held + 1
            for gap in self.holes.records(reach.partition, (held, last)):
                self.holes_found -= 1
                yield Difference(position(reach.partition, gap), "no disposition")
