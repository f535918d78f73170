"""Which lists each payment of a batch is on."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_network

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fraud.lists import LONGEST_PREFIX, Listing, ListKind
from fraud_stream.checkpoint.lists import ListOfKind, Lists
from fraud_stream.stages.numbers import Mask
from fraud_stream.state.run import Int64s

COLUMNS = {
    ListKind.ACCOUNT: "sender_account_id",
    ListKind.CARD: "card_token",
    ListKind.DEVICE: "device_id",
    ListKind.NETWORK: "ip_address",
    ListKind.MERCHANT: "merchant_id",
    ListKind.RECEIVER: "receiver_account_id",
}


@dataclass(frozen=True)
class OnLists:
    """The lists that each row is on, such as `BLOCK device`, and where one of them blocks, and where one allows."""

    hits: pa.Array
    blocked: Mask
    allowed: Mask


def on_lists(accepted: pa.Table, lists: Lists) -> OnLists:
    """Return the lists that accepted rows are on, by their event time."""
    moments = accepted["event_time"].cast(pa.int64()).to_numpy()
    masks: dict[str, Mask] = {}
    blocked, allowed = np.zeros(len(moments), np.bool_), np.zeros(len(moments), np.bool_)
    for kind, held in lists.items():
        blocks, allows = _found(kind, accepted[COLUMNS[kind]].combine_chunks(), held, moments)
        masks |= {f"{Listing.ALLOW} {kind}": allows, f"{Listing.BLOCK} {kind}": blocks}
        blocked |= blocks
        allowed |= allows
    return OnLists(_named(masks, len(moments)), blocked, allowed)


def _found(kind: ListKind, column: pa.Array, held: ListOfKind, moments: Int64s) -> tuple[Mask, Mask]:
    """Return where an entry in force blocks, and where one allows."""
    blocks, allows = np.zeros(len(moments), np.bool_), np.zeros(len(moments), np.bool_)
    for values in _prefixes(column, held) if kind is ListKind.NETWORK else (column,):
        places = pc.index_in(values, held.values).fill_null(-1).to_numpy()
        in_force = (places >= 0) & (moments < held.ends[places])
        blocks |= in_force & held.blocks[places]
        allows |= in_force & ~held.blocks[places]
    return blocks, allows


def _prefixes(networks: pa.Array, held: ListOfKind) -> Iterator[pa.Array]:
    """Yield networks as they are, then cut to each shorter prefix that is listed."""
    yield networks
    listed = [ip_network(value) for value in held.values.to_pylist()]
    shorter = {(one.version, one.prefixlen) for one in listed if one.prefixlen < LONGEST_PREFIX[one.version]}
    encoded = networks.dictionary_encode()
    for version, length in sorted(shorter):
        cut = [_cut(text, version, length) for text in encoded.dictionary.to_pylist()]
        yield pa.array(cut, pa.string()).take(encoded.indices)


@cache
def _cut(network: str, version: int, length: int) -> str | None:
    known = ip_network(network)
    return str(known.supernet(new_prefix=length)) if known.version == version else None


def _named(masks: dict[str, Mask], rows: int) -> pa.Array:
    counts = np.sum([*masks.values(), np.zeros(rows, np.bool_)], axis=0, dtype=np.int32)
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    names = [name for row in np.flatnonzero(counts) for name, mask in masks.items() if mask[row]]
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(names, pa.string()))
