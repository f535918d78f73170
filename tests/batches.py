"""Micro-batches through the stages without Spark: what its tasks do, in one process."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from fraud.masking.key import HmacKey
from fraud.payments.disposition import Disposition
from fraud.payments.rates import default_rates
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.frontier import Frontier, latest_appends
from fraud_stream.stages.election import ElectTask
from fraud_stream.stages.masking import mask_batch
from fraud_stream.stages.packet import PACKET, handed_to, packed
from fraud_stream.stages.sighting import SightTask
from fraud_stream.stages.velocity import FEATURES, VelocityTask
from fraud_stream.state.views import COUNTED
from tests.builders import KEY, Position, raw_batch

BUCKETS = (10, 11)
_KEY = HmacKey("1", bytes.fromhex(KEY))


def run_batch(location: str, batch: int, positions: Sequence[Position]) -> list[dict[str, object]]:
    """Return the settled rows of one micro-batch over the state under a checkpoint, by position."""
    masked = pa.Table.from_batches([mask_batch(raw_batch(positions), _KEY)])
    reached = Frontier(Checkpoint.at(location)).before(batch)
    elect = ElectTask(location, BUCKETS, batch, reached.read_up_to, default_rates())
    packets = handed_to(SightTask(location, BUCKETS, batch, reached), handed_to(elect, packed(masked, BUCKETS)))
    settled = settle_packets(pa.Table.from_batches(packets, PACKET), location, BUCKETS, batch)
    rows: list[dict[str, object]] = settled.to_pylist()
    return rows


def settle_packets(elected: pa.Table, location: str, buckets: tuple[int, ...], batch: int) -> pa.Table:
    """Return the settled rows of elected packets, with their features, by position; record how far they reach."""
    frontier = Frontier(Checkpoint.at(location))
    reached = frontier.before(batch)
    task, settled = VelocityTask(location, batch, reached.clocks), []
    clocks: dict[int, int] = {}
    for index, bucket in enumerate(buckets):
        packets = elected.filter(pc.equal(elected["bucket"], bucket))
        received, observed = task.settled(packets, index)
        task.remember(observed, index)
        clocks |= observed.clocks
        rest = received.filter(pc.not_equal(received["disposition"], Disposition.ACCEPTED.value))
        settled += [observed.rows, _without_features(rest)]
    table = pa.concat_tables(settled).sort_by([("kafka_partition", "ascending"), ("kafka_offset", "ascending")])
    if table.num_rows:
        frontier.record(batch, reached.followed_by(min(latest_appends(table).values()), clocks))
    return table


def _without_features(rows: pa.Table) -> pa.Table:
    for field in [*COUNTED, *FEATURES]:
        rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    return rows
