"""Velocity: what each accepted payment looks like among the latest ones of its account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fraud.scoring.velocity import MAX_NORMAL_VELOCITY, MAX_PEERS
from fraud_stream.stages.election import is_accepted
from fraud_stream.stages.enrichment import settle
from fraud_stream.stages.packet import ACCEPTED, Kind, masked_rows, opened
from fraud_stream.stages.sighting import with_counts
from fraud_stream.state.charges import RecentCharges, history, remembered
from fraud_stream.state.hashing import hash64
from fraud_stream.state.order import distinct
from fraud_stream.state.run import Int64s, Run
from fraud_stream.state.store import run_store
from fraud_stream.state.window import Charges, Features, is_complete, running_clock, trailing_features

FEATURES = pa.schema(
    [
        ("velocity_60s", pa.int64()),
        ("velocity_5m", pa.int64()),
        ("velocity_complete", pa.bool_()),
        ("features_complete", pa.bool_()),
        ("region_changed", pa.bool_()),
        ("devices_changed", pa.bool_()),
        ("peers", pa.string()),
    ]
)
"""What velocity adds to an accepted row; what other keys have counted is as complete.

`peers` is a JSON list of transaction ids, null where velocity is normal.
"""


@dataclass(frozen=True)
class Observed:
    """Accepted rows with their features, and the clock of each Kafka partition after them (microseconds since 1970)."""

    rows: pa.Table
    charges: pa.Table
    clocks: Mapping[int, int]


@dataclass(frozen=True)
class VelocityTask:
    """Velocity in one batch; `clocks` tell how far each Kafka partition's event time had come before it."""

    location: str
    batch: int
    clocks: Mapping[int, int]

    def settled(self, packets: pa.Table, bucket: int) -> tuple[pa.Table, Observed]:
        """Return one bucket's received rows with their disposition, and the accepted ones with their features."""
        masked = masked_rows(packets)
        accepted = is_accepted(masked, opened(packets, Kind.ACCEPTED, ACCEPTED))
        received = settle(masked, accepted)
        return received, self.observe(with_counts(received.filter(accepted), packets), bucket)

    def observe(self, accepted: pa.Table, bucket: int) -> Observed:
        """Return one bucket's accepted rows, given by position, with their features."""
        if not accepted.num_rows:
            return Observed(_with_features(accepted, FEATURES.empty_table()), RecentCharges.schema.empty_table(), {})
        runs = run_store(self.location, RecentCharges.name, bucket).before(self.batch, self._family)
        return observe(accepted, runs, self.clocks)

    def remember(self, observed: Observed, bucket: int) -> None:
        """Keep the charges of what was observed for the batches to come."""
        if observed.charges.num_rows:
            run_store(self.location, RecentCharges.name, bucket).create(self.batch, self._family, observed.charges)

    @property
    def _family(self) -> RecentCharges:
        return RecentCharges(self.clocks)


def observe(accepted: pa.Table, runs: Sequence[Run], clocks: Mapping[int, int]) -> Observed:
    """Return accepted rows, given by position, with their features after what `runs` hold."""
    arrivals, ids = _charges(accepted), accepted["transaction_id"].combine_chunks()
    before = history(runs, distinct(arrivals.sender))
    features = trailing_features(before.charges, arrivals)
    appended = _microseconds(accepted["kafka_timestamp"])
    clock = running_clock(clocks, arrivals.partition, np.minimum(arrivals.at, appended))
    complete = is_complete(arrivals.at, clock)
    columns = [
        features.velocity_60s,
        features.velocity_5m,
        complete,
        complete,
        features.region_changed,
        features.devices_changed,
        pa.array(_peers(features, pa.concat_arrays([before.ids, ids])), pa.string()),
    ]
    rows = _with_features(accepted, pa.table(columns, FEATURES.names))
    return Observed(rows, remembered(arrivals, ids), _latest(arrivals.partition, clock))


def _with_features(accepted: pa.Table, features: pa.Table) -> pa.Table:
    for name in FEATURES.names:
        accepted = accepted.append_column(name, features[name])
    return accepted


def _charges(accepted: pa.Table) -> Charges:
    return Charges(
        hash64(accepted["sender_account_id"]),
        _microseconds(accepted["event_time"]),
        accepted["kafka_partition"].to_numpy(),
        hash64(accepted["region"]),
        hash64(accepted["device_id"]),
    )


def _microseconds(moments: pa.ChunkedArray) -> Int64s:
    numbers: Int64s = moments.cast(pa.int64()).to_numpy()
    return numbers


def _latest(partition: npt.NDArray[np.int32], clock: Int64s) -> dict[int, int]:
    return {int(number): int(clock[partition == number].max()) for number in np.unique(partition)}


def _peers(features: Features, ids: pa.Array) -> npt.NDArray[np.object_]:
    peers = np.full(len(features.velocity_60s), None, dtype=object)
    for index in np.flatnonzero(features.velocity_60s > MAX_NORMAL_VELOCITY):
        stop = features.peers_to[index]
        window = features.peer_order[max(features.peers_from[index], stop - MAX_PEERS) : stop]
        peers[index] = msgspec.json.encode(ids.take(pa.array(window)).to_pylist()).decode()
    return peers
