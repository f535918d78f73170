"""The velocity operator: one call a bucket of accounts and micro-batch, its state one record batch.

State holds hashes, times and transaction ids of the last seven minutes; never card data.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.streaming.state import GroupState

from fraud.scoring.velocity import MAX_NORMAL_VELOCITY, MAX_PEERS
from fraud_stream.stages.window import (
    Charges,
    Features,
    Int64s,
    is_complete,
    is_remembered,
    running_clock,
    trailing_features,
)

STATE_VERSION = 1
STATE = "version int, recent binary, clocks binary"
FEATURES = (
    "kafka_partition int, kafka_offset long, velocity_60s long, velocity_5m long, velocity_complete boolean, "
    "region_changed boolean, devices_changed boolean, peers string"
)
"""`peers` is a JSON list of transaction ids, null where velocity is normal."""


_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")
"""A third of the bytes that Spark, RocksDB and the checkpoint would copy for each micro-batch."""


@dataclass(frozen=True)
class Recent:
    """A bucket's last minutes: charges in order of arrival, their ids, and each Kafka partition's clock."""

    charges: Charges
    ids: pa.Array
    clocks: dict[int, int]


def add_velocity(_bucket: object, batches: Iterable[pd.DataFrame], state: GroupState) -> Iterator[pd.DataFrame]:
    """Yield the features of one bucket's accepted events: what `applyInPandasWithState` runs."""
    frame = pd.concat(list(batches)).sort_values(["kafka_partition", "kafka_offset"], kind="stable")
    recent = decode_state(*state.get) if state.exists else _nothing()
    features, recent = advance(recent, frame)
    state.update(encode_state(recent))
    yield features


def advance(recent: Recent, frame: pd.DataFrame) -> tuple[pd.DataFrame, Recent]:
    """Return the features of new events (in order of position) and what is remembered after them."""
    arrivals, ids = _charges(frame), pa.array(frame["transaction_id"], pa.string(), from_pandas=True)
    related = pc.is_in(pa.array(recent.charges.sender), pa.array(arrivals.sender))
    features = trailing_features(recent.charges[related.to_numpy(zero_copy_only=False)], arrivals)
    known = pa.concat_arrays([recent.ids.filter(related), ids])
    clock = running_clock(
        recent.clocks, arrivals.partition, np.minimum(arrivals.at, frame["appended_at"].to_numpy(np.int64))
    )
    table = _table(frame, features, is_complete(arrivals.at, clock), known)
    return table, _remember(recent, arrivals, ids, clock)


def _table(frame: pd.DataFrame, features: Features, complete: npt.NDArray[np.bool_], ids: pa.Array) -> pd.DataFrame:
    return frame[["kafka_partition", "kafka_offset"]].assign(
        velocity_60s=features.velocity_60s,
        velocity_5m=features.velocity_5m,
        velocity_complete=complete,
        region_changed=features.region_changed,
        devices_changed=features.devices_changed,
        peers=_peers(features, ids),
    )


def _peers(features: Features, ids: pa.Array) -> npt.NDArray[np.object_]:
    peers = np.full(len(features.velocity_60s), None, dtype=object)
    for index in np.flatnonzero(features.velocity_60s > MAX_NORMAL_VELOCITY):
        stop = features.peers_to[index]
        window = features.peer_order[max(features.peers_from[index], stop - MAX_PEERS) : stop]
        peers[index] = msgspec.json.encode(ids.take(pa.array(window)).to_pylist()).decode()
    return peers


def _remember(recent: Recent, arrivals: Charges, ids: pa.Array, clock: Int64s) -> Recent:
    clocks = recent.clocks | {
        int(number): int(clock[arrivals.partition == number].max()) for number in np.unique(arrivals.partition)
    }
    charges = recent.charges.followed_by(arrivals)
    keep = is_remembered(charges, clocks)
    return Recent(charges[keep], pa.concat_arrays([recent.ids, ids]).filter(pa.array(keep)), clocks)


def _charges(frame: pd.DataFrame) -> Charges:
    return Charges(
        frame["sender"].to_numpy(np.int64),
        frame["at"].to_numpy(np.int64),
        frame["kafka_partition"].to_numpy(np.int32),
        frame["region"].to_numpy(np.int32),
        frame["device"].to_numpy(np.int32),
    )


def _nothing() -> Recent:
    long, short = np.empty(0, np.int64), np.empty(0, np.int32)
    return Recent(Charges(long, long, short, short, short), pa.array([], pa.string()), {})


def encode_state(recent: Recent) -> tuple[int, bytes, bytes]:
    """Return the state row: its version, the record batch as Arrow IPC, and the clocks as JSON."""
    names = [field.name for field in fields(Charges)]
    columns = [pa.array(getattr(recent.charges, name)) for name in names]
    batch = pa.RecordBatch.from_arrays([*columns, recent.ids], [*names, "transaction_id"])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=_COMPRESSED) as writer:
        writer.write_batch(batch)
    return STATE_VERSION, sink.getvalue().to_pybytes(), msgspec.json.encode(recent.clocks)


def decode_state(version: int, recent: bytes, clocks: bytes) -> Recent:
    """Return what a state row holds. Raises ValueError for a version that this code does not know."""
    if version != STATE_VERSION:
        raise ValueError(f"velocity state has version {version}; this code reads version {STATE_VERSION}")
    with pa.ipc.open_stream(recent) as reader:
        batch = reader.read_next_batch()
    charges = Charges(*(batch.column(field.name).to_numpy() for field in fields(Charges)))
    return Recent(charges, batch.column("transaction_id"), msgspec.json.decode(clocks, type=dict[int, int]))
