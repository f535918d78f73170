"""Received = accepted + duplicate + late + rejected, for every offset that the job has finished: no gap, no repeat."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

from reconciliation.finding import MOST, Difference, Finding, position
from reconciliation.reach import Reach
from reconciliation.tables import Tables

BLOCK = 100_000
"""Offsets counted together; only a block whose count is wrong is read position by position."""

DISPOSITIONS = ("accepted", "duplicates", "late", "rejected")


def audited_blocks(tables: Tables) -> list[dict[str, Any]]:
    """Return the audited positions, counted by block of offsets."""
    return list(tables.rows("blocks", width=BLOCK))


def check_positions(tables: Tables, blocks: Sequence[dict[str, Any]]) -> list[Finding]:
    """Return one finding for each Kafka partition."""
    by_partition: dict[int, list[dict[str, Any]]] = {reach.partition: [] for reach in tables.reaches}
    for block in blocks:
        by_partition.setdefault(block["kafka_partition"], []).append(block)
    return [_finding(tables, reach, by_partition[reach.partition]) for reach in tables.reaches]


def _finding(tables: Tables, reach: Reach, blocks: list[dict[str, Any]]) -> Finding:
    totals = Counter({name: sum(block[name] for block in blocks) for name in DISPOSITIONS})
    wrong = chain(_lost(reach), _undecided(reach, blocks), _misplaced(tables, reach, blocks))
    parts = " + ".join(f"{totals[name]:,} {name}" for name in DISPOSITIONS)
    received = reach.end - reach.first
    lag = f", {reach.top - reach.end:,} not finished" if reach.top > reach.end else ""
    return Finding(f"partition {reach.partition}", f"{received:,} received = {parts}{lag}", list(islice(wrong, MOST)))


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


def _misplaced(tables: Tables, reach: Reach, blocks: list[dict[str, Any]]) -> Iterator[Difference]:
    counted = {block["offset_block"]: block for block in blocks}
    numbers = {*counted, *range(reach.first // BLOCK, -(-reach.end // BLOCK))}
    for number in sorted(numbers):
        first, last = number * BLOCK, (number + 1) * BLOCK - 1
        expected = max(0, min(last + 1, reach.end) - max(first, reach.first))
        block = counted.get(number, {"positions": 0, "distinct_positions": 0})
        if not block["positions"] == block["distinct_positions"] == expected:
            counts = f"{block['positions']} dispositions of {block['distinct_positions']} offsets, not of {expected}"
            yield Difference(f"{position(reach.partition, first)} to {last}", counts)
            yield from _within(tables, reach, first, last)


def _within(tables: Tables, reach: Reach, first: int, last: int) -> Iterator[Difference]:
    last = min(last, reach.end - 1)
    rows = tables.rows("block_positions", partition=reach.partition, first=first, last=last)
    expected = max(first, reach.first)
    for row in chain(rows, [{"kafka_offset": last + 1, "positions": 1}]):
        offset, times = row["kafka_offset"], row["positions"]
        yield from (Difference(position(reach.partition, gap), "no disposition") for gap in range(expected, offset))
        if offset < reach.first:
            yield Difference(position(reach.partition, offset), "a disposition from before the job's first batch")
        if times > 1:
            yield Difference(position(reach.partition, offset), f"{times} dispositions")
        expected = max(expected, offset + 1)
