"""`python -m tests.bench.stages`: CPU time of each stage of the stream, in one process, without Spark, Kafka or sinks.

Events are the simulator's; batch after batch goes through masking, election, sightings, velocity and score by way of
the packets that tasks exchange, against state on disk. Prints one JSON object, microseconds an event; the first batch,
which imports and compiles, is not counted. `--profile FILE` keeps what cProfile saw of the same batches.
"""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from cProfile import Profile
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Annotated, TypeVar
from zlib import crc32

import pyarrow as pa
import typer

from fraud.detections.detection import default_detections
from fraud.masking.key import HmacKey
from fraud.payments.rates import default_rates
from fraud_stream.checkpoint.frontier import Reached, latest_appends
from fraud_stream.sinks.tables import Settled, name_as_stored
from fraud_stream.stages.alerts import raise_alerts
from fraud_stream.stages.election import ElectTask
from fraud_stream.stages.enrichment import Scorer
from fraud_stream.stages.masking import mask_batch
from fraud_stream.stages.packet import by_bucket, handed_to, packed
from fraud_stream.stages.sighting import SightTask
from fraud_stream.stages.velocity import VelocityTask
from simulator.faults.shares import Shares
from simulator.messages.truth import Label
from simulator.people.population import Population
from simulator.traffic.run import Run
from tests.builders import NOON, Position, raw_batch

KEY = HmacKey("1", bytes(range(32)))
RATE = 5_000.0
PARTITIONS = 4
READ_AT_ONCE = 10_000
"""Rows of a batch that Spark gives a Python worker."""

Answer = TypeVar("Answer")


@dataclass
class Cost:
    """CPU time by stage, in seconds."""

    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def of(self, stage: str, call: Callable[[], Answer]) -> Answer:
        """Return what a call returns, and add its time to a stage's."""
        began = process_time()
        answer = call()
        self.spent[stage] += process_time() - began
        return answer


@dataclass
class Stream:
    """The stages of one stream, batch after batch."""

    location: str
    buckets: tuple[int, ...]
    reached: Reached = field(default_factory=Reached)
    scorer: Scorer = field(default_factory=lambda: Scorer(tuple(default_detections()), default_rates()))

    def run(self, batch: int, raw: list[pa.RecordBatch], cost: Cost) -> Counter[str]:
        """Take a batch through every stage; return how many positions of each disposition."""
        masked = cost.of("mask", lambda: pa.Table.from_batches([mask_batch(one, KEY) for one in raw]))
        packets = cost.of("pack", lambda: list(packed(masked, self.buckets)))
        elect = ElectTask(self.location, self.buckets, batch, self.reached.read_up_to, self.scorer.rates)
        sight = SightTask(self.location, self.buckets, batch, self.reached)
        for stage, task in (("elect", elect), ("sight", sight)):
            packets = cost.of(stage, lambda: list(handed_to(task, packets)))  # noqa: B023
        velocity = VelocityTask(self.location, batch, self.reached.clocks)
        counts: Counter[str] = Counter()
        appended: dict[int, int] = {}
        clocks: dict[int, int] = {}
        for bucket, arrived in by_bucket(packets):  # which are numbered from 0 here
            received, observed = cost.of("settle", lambda: velocity.settled(arrived, bucket))  # noqa: B023
            scored = cost.of("score", lambda: self.scorer.score(observed.rows))  # noqa: B023
            cost.of("alert", lambda: raise_alerts(Settled(received, name_as_stored(scored.rows)).scored))  # noqa: B023
            cost.of("remember", lambda: velocity.remember(observed, bucket))  # noqa: B023
            counts.update(received["disposition"].to_pylist())
            appended |= latest_appends(received)
            clocks |= observed.clocks
        self.reached = self.reached.followed_by(min(appended.values()), clocks)
        return counts


def arrivals(events: int) -> Iterator[Position]:
    """Yield the simulator's events as Kafka holds them, appended when they are due."""
    start = int(NOON.timestamp() * 1_000_000)
    run = Run(Label.NORMAL, Population(7, 1_800_000, NOON.year), start, RATE, events, 0, Shares(0.02, 0.005, 0.005))
    offsets: Counter[int] = Counter()
    for block in run.blocks():
        for due, key, value in zip(block.due.tolist(), block.keys, block.values, strict=True):
            partition = crc32(key or b"") % PARTITIONS
            appended = NOON + timedelta(microseconds=due)
            yield Position(value=value, offset=offsets[partition], partition=partition, appended=appended)
            offsets[partition] += 1


def raw_batches(positions: list[Position]) -> list[pa.RecordBatch]:
    """Return positions by Kafka partition, as Spark gives them to Python workers."""
    positions = sorted(positions, key=lambda position: position.partition)
    of_each = [list(rows) for _, rows in groupby(positions, lambda position: position.partition)]
    return [raw_batch(rows[at : at + READ_AT_ONCE]) for rows in of_each for at in range(0, len(rows), READ_AT_ONCE)]


def main(
    events: Annotated[int, typer.Option(help="Events in a batch.")] = 100_000,
    batches: Annotated[int, typer.Option(help="Batches, of which the first is not counted.")] = 5,
    profile: Annotated[Path | None, typer.Option(help="File for cProfile's statistics.")] = None,
) -> None:
    """Measure batches."""
    kept, profiler, cost = arrivals(events * batches), Profile(), Cost()
    counts: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        stream = Stream(folder, tuple(range(PARTITIONS)))
        stream.run(0, raw_batches(list(islice(kept, events))), Cost())
        for batch in range(1, batches):
            raw = raw_batches(list(islice(kept, events)))
            with profiler if profile else nullcontext():
                counts += stream.run(batch, raw, cost)
    if profile:
        profiler.dump_stats(profile)
    each = {stage: round(seconds / counts.total() * 1e6, 2) for stage, seconds in cost.spent.items()}
    figures = {"events": counts.total(), "counts": counts, "microseconds_an_event": each, "all": sum(each.values())}
    typer.echo(json.dumps(figures | {"load": os.getloadavg()}))


if __name__ == "__main__":
    typer.run(main)
