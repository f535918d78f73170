"""`python -m fraud_stream.carry_over OLD NEW`: begin a checkpoint where one of an earlier release ended.

Ids, charges and sightings of the last hours are read back from the warehouse, so that an upgrade lets no duplicate
through and every window is whole; the new checkpoint goes on at the offsets that the old one had committed. The old
job has read everything and stands still.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from google.cloud import bigquery
from pydantic import ValidationError

from fraud.configuration import problems
from fraud.payments.disposition import CLOCK_TOLERANCE
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.frontier import Frontier, Reached
from fraud_stream.checkpoint.plan import offset_log
from fraud_stream.compatibility import frozen_partitions
from fraud_stream.settings import WarehouseSettings
from fraud_stream.sinks.warehouse import Warehouse
from fraud_stream.stages.masking import TIMESTAMP
from fraud_stream.stages.packet import CANDIDATE
from fraud_stream.stages.sighting import sightings_of
from fraud_stream.stages.source import STARTING_OFFSETS_FILE
from fraud_stream.state import ids
from fraud_stream.state.charges import RecentCharges
from fraud_stream.state.hashing import hash64, hash128, token64
from fraud_stream.state.ids import Ids
from fraud_stream.state.run import Family
from fraud_stream.state.sightings import Sightings
from fraud_stream.state.store import run_store
from fraud_stream.state.window import microseconds

BEGINNING = -1
"""The batch under which a checkpoint keeps what it was begun with."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REACH = """
select kafka_partition, max(kafka_timestamp) as appended from pii_masking_audit group by kafka_partition
"""
_ACCEPTED = """
select
    audit.transaction_id, coalesce(payment.event_time, audit.kafka_timestamp) as at, audit.kafka_timestamp as appended,
    audit.kafka_partition as `partition`, audit.kafka_offset as `offset`,
    payment.sender_account_id as sender, payment.region, payment.device_id as device, payment.ip_address as network,
    payment.merchant_id as merchant, payment.card_token as card, coalesce(payment.bin_token, payment.card_token) as bin,
    payment.status = 'DECLINED' as is_declined, payment.amount_usd
from pii_masking_audit as audit
left join payment_transactions_fraud as payment
    on audit.kafka_topic = payment.kafka_topic
    and audit.kafka_partition = payment.kafka_partition
    and audit.kafka_offset = payment.kafka_offset
where audit.disposition = 'ACCEPTED' and audit.kafka_timestamp > @since
order by audit.kafka_partition, audit.kafka_offset
"""
"""An erased payment has no row any more: its id is remembered from its append time on.

Releases before 2026-11-30 kept no BIN: a card's own token stands for it, which no other card shares.
"""

_KINDS = {
    "transaction_id": pa.string(),
    "at": TIMESTAMP,
    "appended": TIMESTAMP,
    "partition": pa.int32(),
    "offset": pa.int64(),
    **dict.fromkeys(("sender", "region", "device", "network", "merchant", "card", "bin"), pa.string()),
    "is_declined": pa.bool_(),
    "amount_usd": pa.decimal128(38, 9),
}


class NotDrainedError(Exception):
    """The old checkpoint has begun a batch that it has not committed, or none at all."""


@dataclass(frozen=True)
class Legacy:
    """What the old job has left: its committed offsets, its number of buckets, and the rows that may be needed."""

    offsets: bytes
    buckets: int
    read_up_to: int
    accepted: pa.Table


def carry_over(old: Checkpoint, new: str, warehouse: Warehouse) -> Mapping[str, int]:
    """Begin the checkpoint at `new`; return how many of each family it was begun with.

    Raises NotDrainedError where the old job is to be run to its end first.
    """
    legacy = _legacy(old, warehouse)
    clocks = _clocks(legacy.accepted)
    held = legacy.accepted.filter(legacy.accepted["sender"].is_valid())
    counts = {
        Ids.name: _begin(new, Ids(legacy.read_up_to), _ids(legacy.accepted), "h1", legacy.buckets),
        RecentCharges.name: _begin(new, RecentCharges(clocks), _charges(held), "partition", legacy.buckets),
        Sightings.name: _begin(new, Sightings(legacy.read_up_to, clocks), _sightings(held), "key", legacy.buckets),
    }
    checkpoint = Checkpoint.at(new)
    Frontier(checkpoint).record(BEGINNING, Reached(legacy.read_up_to, clocks))
    checkpoint.write(STARTING_OFFSETS_FILE, legacy.offsets)
    return counts


def _legacy(old: Checkpoint, warehouse: Warehouse) -> Legacy:
    begun, done = old.numbers("offsets"), old.numbers("commits")
    if not begun or begun[-1] != done[-1]:
        raise NotDrainedError(f"{old.path} has a batch that is not written everywhere: let its job end that one first")
    reach = [microseconds(row["appended"] - _EPOCH) for row in warehouse.rows(_REACH)]
    read_up_to = min(reach, default=0)
    since = _EPOCH + timedelta(microseconds=read_up_to - ids.MEMORY) - CLOCK_TOLERANCE
    rows = warehouse.rows(_ACCEPTED, [bigquery.ScalarQueryParameter("since", "TIMESTAMP", since)])
    return Legacy(offset_log(old, begun[-1]).source, frozen_partitions(old, begun[-1]), read_up_to, _table(rows))


def _table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    table = pa.Table.from_pylist([dict(row) for row in rows], pa.schema(_KINDS))
    for name in ("at", "appended"):
        table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.int64()))
    return table


def _clocks(accepted: pa.Table) -> dict[int, int]:
    partition = accepted["partition"].to_numpy()
    clock = np.minimum(accepted["at"].to_numpy(), accepted["appended"].to_numpy())
    return {int(number): int(clock[partition == number].max()) for number in np.unique(partition)}


def _ids(accepted: pa.Table) -> pa.Table:
    columns = [*hash128(accepted["transaction_id"].combine_chunks()), accepted["at"], accepted["partition"]]
    return pa.table([*columns, accepted["offset"]], Ids.schema.names).cast(Ids.schema)


def _charges(held: pa.Table) -> pa.Table:
    hashed = {name: hash64(held[name]) for name in ("sender", "region", "device")}
    columns = [hashed.get(name, held[name]) for name in RecentCharges.schema.names]
    return pa.table(columns, RecentCharges.schema.names).cast(RecentCharges.schema)


def _sightings(held: pa.Table) -> pa.Table:
    hashed = {name: hash64(held[name]) for name in ("sender", "device", "network", "merchant")}
    columns = {
        **{name: held[name] for name in held.column_names},
        **hashed,
        **{name: token64(held[name]) for name in ("card", "bin")},
    }
    accepted = pa.table({name: columns[name] for name in CANDIDATE.names if name in columns})
    return sightings_of(accepted, held["amount_usd"]).select(Sightings.schema.names)


def _begin(location: str, family: Family, rows: pa.Table, divided_by: str, buckets: int) -> int:
    rows = rows.filter(pa.array(family.needed(rows)))
    bucket = rows[divided_by].to_numpy() % buckets
    for number in np.unique(bucket).tolist():
        store = run_store(location, family.name, number)
        store.create(BEGINNING, family, rows.filter(pa.array(bucket == number)))
    return int(rows.num_rows)


def main() -> None:
    """Carry over from one checkpoint to another, and say how much."""
    if len(sys.argv) != 3:  # noqa: PLR2004  the program and two places
        sys.exit("usage: python -m fraud_stream.carry_over OLD_CHECKPOINT NEW_CHECKPOINT")
    try:
        counts = carry_over(Checkpoint.at(sys.argv[1]), sys.argv[2], Warehouse(WarehouseSettings()))
    except ValidationError as error:
        sys.exit(problems(error))
    except NotDrainedError as error:
        sys.exit(str(error))
    sys.stdout.write(msgspec.json.encode(counts).decode() + "\n")


if __name__ == "__main__":
    main()
