"""Simulated history: what the stream would have made of it, and the truth about it.

The payments go through the stream's own stages (masking, election, counting by key, velocity, amounts), so a feature is
in training what it is in the stream.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from secrets import token_bytes
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fraud.masking.key import HmacKey
from fraud.payments.rates import default_rates
from fraud.scoring.velocity import MAX_NORMAL_VELOCITY
from fraud_stream.checkpoint.frontier import Reached
from fraud_stream.classifier.features import features_of
from fraud_stream.stages.amount import in_usd, rounded_usd
from fraud_stream.stages.election import ElectTask
from fraud_stream.stages.masking import TIMESTAMP, mask_batch
from fraud_stream.stages.packet import PACKET, handed_to, packed
from fraud_stream.stages.sighting import SightTask
from fraud_stream.stages.velocity import VelocityTask
from fraud_stream.state.hashing import hash64, token64
from fraud_training.sample import Sample
from simulator.faults.shares import NO_FAULTS
from simulator.messages.truth import TRUTHS, Label
from simulator.moments import HOUR, moment
from simulator.people.population import Population
from simulator.stories.base_rate import BaseRate
from simulator.traffic.run import Run

_BUCKETS = (0,)
_TOPIC = "simulated"


@dataclass(frozen=True)
class History:
    """Some hours of simulated payments: one seed's people, `ordinary` payments at `rate` a second from `start` on."""

    seed: int
    start: int
    base_rate: BaseRate = BaseRate.TRAINING
    ordinary: int = 40_000
    rate: float = 6.0
    left_out: tuple[Label, ...] = ()

    @property
    def run(self) -> Run:
        """The simulator's run."""
        people = Population(self.seed, round(3_600 * self.rate), moment(self.start).year)
        shares = NO_FAULTS
        return Run(Label.NORMAL, people, self.start, self.rate, self.ordinary, 0, shares, self.base_rate, self.left_out)

    @property
    def end(self) -> int:
        """When the next history may begin, so that no window reaches from one into the other."""
        return self.start + round(self.ordinary / self.rate) * 1_000_000 + 4 * HOUR


def labelled(history: History) -> Sample:
    """Return a history's payments with their features and the truth."""
    run = history.run
    blocks = list(run.blocks())
    rows = as_stored(list(chain.from_iterable(block.values for block in blocks)), run.start)
    truths = [TRUTHS[code] for block in blocks for code in block.truths.tolist()]
    number_of = run.episodes_by_id()
    ids = rows["transaction_id"].to_pylist()
    return Sample(
        features=features_of(rows),
        is_fraud=np.array([truth.label.is_fraud for truth in truths]),
        kind=np.array([truth.label.value for truth in truths]),
        episode=np.array([_episode(history.seed, number_of.get(identifier)) for identifier in ids], np.int64),
        account=hash64(rows["sender_account_id"]) ^ np.uint64(history.seed),
        card=token64(rows["card_token"]),
        at=rows["event_time"].cast(pa.int64()).to_numpy(),
    )


_EPISODES = 10**6


def _episode(seed: int, number: int | None) -> int:
    return -1 if number is None else seed * _EPISODES + number


def as_stored(values: list[bytes | None], start: int, rates: Mapping[str, Decimal] | None = None) -> pa.Table:
    """Return payment events (JSON), each appended when it was made, with the columns that features read."""
    key = HmacKey("1", token_bytes(32))
    masked = pa.Table.from_batches([mask_batch(appended(values), key)])
    with TemporaryDirectory() as folder:
        packets = pa.Table.from_batches(_counted(masked, folder, rates or default_rates()), PACKET)
        received, observed = VelocityTask(folder, 0, {}).settled(packets, 0)
    if len(observed.rows) != len(received):
        raise ValueError(f"{len(received) - len(observed.rows)} of {len(received)} events are no accepted payments")
    return _named(observed.rows, rates or default_rates())


def _counted(masked: pa.Table, folder: str, rates: Mapping[str, Decimal]) -> Iterator[pa.RecordBatch]:
    elect = ElectTask(folder, _BUCKETS, 0, 0, rates)
    sight = SightTask(folder, _BUCKETS, 0, Reached())
    return handed_to(sight, handed_to(elect, packed(masked, _BUCKETS)))


def _named(rows: pa.Table, rates: Mapping[str, Decimal]) -> pa.Table:
    names = {"region_changed": "geographic_risk", "devices_changed": "device_risk"}
    stored = rows.rename_columns([names.get(name, name) for name in rows.column_names])
    usd = rounded_usd(in_usd(rows["amount"], rows["currency"], rates))
    is_fraud = pc.greater(rows["velocity_60s"], MAX_NORMAL_VELOCITY)
    return stored.append_column("amount_usd", usd).append_column("is_velocity_fraud", is_fraud)


def appended(values: list[bytes | None], offset: int = 0) -> pa.RecordBatch:
    """Return events as Kafka records of one partition from an offset on, each appended at its own event time."""
    count = len(values)
    times = [value[value.index(b'"event_time":"') + 14 :][:27].decode() for value in values if value]
    moments = pa.array(np.array([time.rstrip("Z") for time in times], "datetime64[us]")).cast(TIMESTAMP)
    columns = {
        "value": pa.array(values, pa.binary()),
        "length": pa.array([len(value or b"") for value in values], pa.int32()),
        "kafka_topic": pa.repeat(_TOPIC, count),
        "kafka_partition": pa.array(np.zeros(count, np.int32)),
        "kafka_offset": pa.array(np.arange(offset, offset + count)),
        "kafka_timestamp": moments,
    }
    return pa.RecordBatch.from_pydict(columns)
