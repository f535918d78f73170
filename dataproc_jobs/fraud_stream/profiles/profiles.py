"""The profiles of one midnight as sorted hashes: small, mapped into memory, and nobody's name in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fraud_stream.state.hashing import hash64
from fraud_stream.state.run import Bools, Int64s, UInt64s

NO_HABIT = 0
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_USD = pa.decimal128(20, 2)
_TIMES, _HASHES = pa.large_list(pa.int64()), pa.large_list(pa.uint64())
SCHEMA = pa.schema(
    [
        ("accounts", _HASHES),
        ("last_at", _TIMES),
        ("habit_cents", _TIMES),
        ("devices", _HASHES),
        ("merchants", _HASHES),
    ],
    {"version": "1"},
)
"""A file has one row: each column a list, the accounts and what is known beside them in ascending order."""


@dataclass(frozen=True)
class Profiles:
    """Accounts with the latest payment before `as_of` (microseconds since 1970) and the usual cents (`NO_HABIT`: none).

    `devices` and `merchants` are hashes of an account with each of its own.
    """

    as_of: int
    accounts: UInt64s
    last_at: Int64s
    habit_cents: Int64s
    devices: UInt64s
    merchants: UInt64s

    def places(self, accounts: UInt64s) -> Int64s:
        """Return where accounts stand, -1 for those that have no profile."""
        place = np.searchsorted(self.accounts, accounts)
        place[place == len(self.accounts)] = 0
        is_known = self.accounts[place] == accounts if len(self.accounts) else np.zeros(len(accounts), np.bool_)
        found: Int64s = np.where(is_known, place, -1)
        return found


def together(accounts: UInt64s, others: UInt64s) -> UInt64s:
    """Return the hash of each account with something of its own."""
    return accounts * _MULTIPLIER ^ others


def holds(known: UInt64s, wanted: UInt64s) -> Bools:
    """Tell which hashes are among the known ones, which are in ascending order."""
    if not len(known):
        return np.zeros(len(wanted), np.bool_)
    place = np.searchsorted(known, wanted)
    place[place == len(known)] = 0
    found: Bools = known[place] == wanted
    return found


def hashed(as_of: int, pages: Iterable[pa.RecordBatch]) -> Profiles:
    """Return the profiles of rows of `account_profiles` that stand at a midnight (microseconds since 1970)."""
    parts = [_of_page(pa.Table.from_batches([page])) for page in pages]
    columns = [
        np.concatenate([np.zeros(0, kind), *column]) for kind, column in zip(_KINDS, _across(parts), strict=True)
    ]
    order = np.argsort(columns[0])
    return Profiles(as_of, *(column[order] for column in columns[:3]), *map(np.sort, columns[3:]))


_KINDS = (np.uint64, np.int64, np.int64, np.uint64, np.uint64)


def _across(parts: Sequence[Sequence[npt.NDArray[np.generic]]]) -> Sequence[Sequence[npt.NDArray[np.generic]]]:
    return list(zip(*parts, strict=True)) or [()] * len(_KINDS)


def _of_page(page: pa.Table) -> tuple[UInt64s, Int64s, Int64s, UInt64s, UInt64s]:
    accounts = hash64(page["sender_account_id"])
    usd = pc.fill_null(page["habit_usd"].cast(_USD), pa.scalar(NO_HABIT, _USD))
    cents: Int64s = pc.multiply(usd, pa.scalar(100, pa.decimal128(3, 0))).cast(pa.int64()).to_numpy()
    times: Int64s = page["last_event_time"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy()
    devices, merchants = (_owned(accounts, page[name].combine_chunks()) for name in ("device_ids", "merchant_ids"))
    return accounts, times, cents, devices, merchants


def _owned(accounts: UInt64s, lists: pa.ListArray) -> UInt64s:
    owners = pc.list_parent_indices(lists).to_numpy()
    return together(accounts[owners], hash64(pc.list_flatten(lists)))


def encoded(profiles: Profiles) -> bytes:
    """Return profiles as an Arrow file."""
    columns = [pa.array([getattr(profiles, field.name)], field.type) for field in SCHEMA]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, SCHEMA) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=SCHEMA))
    content: bytes = sink.getvalue().to_pybytes()
    return content


def decoded(as_of: int, content: pa.Buffer | pa.NativeFile) -> Profiles:
    """Return the profiles of a file, which stand where `content` does."""
    with pa.ipc.open_file(content) as reader:
        row = reader.get_batch(0)
    return Profiles(as_of, *(row.column(name).flatten().to_numpy() for name in SCHEMA.names))
