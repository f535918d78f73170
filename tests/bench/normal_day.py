"""Alerts that a day of ordinary payments raises, by detection and by what the payments truly were.

`python -m tests.bench.normal_day --hours 24 --rate 500` sends simulated payments through the job's own stages, by their
event time and as fast as they go; the first hour fills the windows and is not counted.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from secrets import token_bytes
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
import pyarrow as pa
import typer

from fraud.detections.detection import default_detections
from fraud.masking.key import HmacKey
from fraud.payments.rates import default_rates
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.frontier import Frontier, latest_appends
from fraud_stream.stages.election import ElectTask
from fraud_stream.stages.enrichment import Scorer
from fraud_stream.stages.masking import mask_batch
from fraud_stream.stages.packet import PACKET, handed_to, packed
from fraud_stream.stages.sighting import SightTask
from fraud_stream.stages.velocity import VelocityTask
from fraud_training.history import appended
from simulator.faults.shares import NO_FAULTS
from simulator.messages.truth import TRUTHS, Label
from simulator.moments import micros
from simulator.people.population import Population
from simulator.stories.base_rate import BaseRate
from simulator.traffic.run import Run

BUCKETS = (0,)
WARM_UP_MINUTES = 60
ACCOUNTS_PER_RATE = 43_200


@dataclass(frozen=True)
class Day:
    """Payments through the job's stages, a minute a batch; its state lies in `folder`."""

    folder: str
    key: HmacKey = field(default_factory=lambda: HmacKey("1", token_bytes(32)))
    scorer: Scorer = field(default_factory=lambda: Scorer(tuple(default_detections()), default_rates()))

    def judged(self, batch: int, events: list[bytes | None], offset: int) -> pa.Table:
        """Return the accepted payments of a batch as they are scored, by position."""
        frontier = Frontier(Checkpoint.at(self.folder))
        reached = frontier.before(batch)
        masked = pa.Table.from_batches([mask_batch(appended(events, offset), self.key)])
        elect = ElectTask(self.folder, BUCKETS, batch, reached.read_up_to, default_rates())
        sight = SightTask(self.folder, BUCKETS, batch, reached)
        packets = handed_to(sight, handed_to(elect, packed(masked, BUCKETS)))
        velocity = VelocityTask(self.folder, batch, reached.clocks)
        received, observed = velocity.settled(pa.Table.from_batches(packets, PACKET), 0)
        velocity.remember(observed, 0)
        frontier.record(batch, reached.followed_by(min(latest_appends(received).values()), observed.clocks))
        return self.scorer.score(observed.rows).rows


@dataclass
class Findings:
    """What the counted minutes have brought."""

    payments: Counter[str] = field(default_factory=Counter)
    alerts: Counter[str] = field(default_factory=Counter)
    by_flag: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)

    def add(self, rows: pa.Table, labels: list[Label]) -> None:
        """Count a batch."""
        self.payments.update(label.value for label in labels)
        columns = [rows[name].to_pylist() for name in ("is_alert", "risk_flags")]
        for label, is_alert, flags in zip(labels, *columns, strict=True):
            kind = label.value
            self.flags.update(f"{flag} {'fraud' if label.is_fraud else 'honest'}" for flag in flags)
            if is_alert:
                self.alerts[kind] += 1
                self.by_flag.update(f"{flag} {'fraud' if label.is_fraud else 'honest'}" for flag in flags)

    def report(self, minutes: int) -> dict[str, object]:
        """Return everything a minute."""
        honest = sum(number for kind, number in self.alerts.items() if not Label(kind).is_fraud)
        told = {
            name: {key: round(number / minutes, 3) for key, number in sorted(getattr(self, name).items())}
            for name in ("payments", "alerts", "by_flag", "flags")
        }
        return {"minutes": minutes, "alerts_of_honest_a_minute": round(honest / minutes, 3), **told}


def events_of(run: Run) -> Iterator[tuple[bytes | None, Label]]:
    """Yield events in the order they are due, with the truth about them."""
    for block in run.blocks():
        yield from zip(block.values, (TRUTHS[code].label for code in block.truths.tolist()), strict=True)


def main(
    hours: Annotated[float, typer.Option(help="Simulated hours, the first of which is not counted.")] = 24,
    rate: Annotated[float, typer.Option(help="Ordinary payments a second, on average.")] = 500,
    accounts: Annotated[
        int | None, typer.Option(help="Accounts that pay (default: so that each pays twice a day).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the simulated people.")] = 7,
    start: Annotated[datetime, typer.Option(help="When the traffic begins, UTC.")] = datetime(2026, 11, 27),  # noqa: DTZ001
) -> None:
    """Print one JSON object."""
    begins = micros(start.replace(tzinfo=UTC))
    people = Population(seed, accounts or round(ACCOUNTS_PER_RATE * rate), start.year)
    run = Run(Label.NORMAL, people, begins, rate, round(rate * hours * 3_600), 0, NO_FAULTS, BaseRate.EU)
    minutes = round(hours * 60)
    size, found, offset = len(run) // minutes, Findings(), 0
    with TemporaryDirectory() as folder:
        day, events = Day(folder), events_of(run)
        for batch in range(minutes):
            told = list(islice(events, size))
            rows = day.judged(batch, [value for value, _ in told], offset)
            offset += len(told)
            if batch >= WARM_UP_MINUTES:
                found.add(rows, [label for _, label in told])
    typer.echo(msgspec.json.format(msgspec.json.encode(found.report(minutes - WARM_UP_MINUTES))).decode())


if __name__ == "__main__":
    typer.run(main)
