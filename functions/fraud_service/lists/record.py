"""Lists in Firestore, which the streaming job reads between batches; Redis holds a copy for the authorisation.

`lists/{kind}:{value}` with its versions, `rule_sets/lists`; see `fraud_service.stores.versions`. The copy is one hash,
`lists:entries`, of what is in force by the key of its entry, whole or not there at all: an authorisation that does not
find it reads the record.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias
from uuid import uuid4

import msgspec
import redis
from google.cloud import firestore

from fraud.lists import COLLECTION, CONTENT, ListEntry, ListError, normal
from fraud_service.stores.cache import reaching_redis
from fraud_service.stores.versions import Kind, Versions

COPY = "lists:entries"
WHOLE = "lists:whole"
"""A field of the copy that no entry's key can be: the number of changes that the copy has seen, at least."""

FILL = """
if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or -1) > tonumber(ARGV[2]) then return redis.call('DEL', KEYS[2]) end
return redis.call('RENAME', KEYS[2], KEYS[1])
"""
"""Puts a whole copy (KEYS 2) in the place of the one that is there, unless that has seen more changes."""
_PUT = """
local seen = redis.call('HGET', KEYS[1], ARGV[1])
if not seen then return 0 end
local held = redis.call('HGET', KEYS[1], ARGV[2])
if not held or cjson.decode(held).version < tonumber(ARGV[4]) then redis.call('HSET', KEYS[1], ARGV[2], ARGV[3]) end
if tonumber(seen) < tonumber(ARGV[5]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[5]) end
return 1
"""

Field: TypeAlias = "bytes | bytearray | memoryview[int] | str | int | float"
"""What redis-py takes for a field or a value."""

_KIND = Kind(
    collection=COLLECTION,
    set_name=COLLECTION,
    struct=ListEntry,
    key="key",
    content=CONTENT,
    check=lambda entry: normal(entry.kind, entry.value),
    refused=lambda _key, _field, problem: ListError("value", problem),
    numbered=True,
)


def lists_of(documents: firestore.Client) -> Versions[ListEntry]:
    """Return the record of lists."""
    return Versions(documents, _KIND)


@dataclass(frozen=True)
class ListCopy:
    """The copy in Redis. Every method raises RetryableError while Redis is down."""

    cache: redis.Redis

    def is_whole(self) -> bool:
        """Tell whether there is a copy."""
        with reaching_redis():
            return bool(self.cache.hexists(COPY, WHOLE))

    def fill(self, entries: Iterable[ListEntry], revision: int) -> None:
        """Put all entries, as they were after `revision` changes, in the place of what is there and not newer."""
        spare = spare_name()
        with reaching_redis(), self.cache.pipeline(transaction=True) as pipeline:
            pipeline.hset(spare, mapping=copied(entries, revision))
            pipeline.eval(FILL, 2, COPY, spare, WHOLE, revision)
            pipeline.execute()

    def put(self, entry: ListEntry, revision: int) -> bool:
        """Put one entry, unless a newer version is there; tell whether there was a copy to put it into."""
        with reaching_redis():
            return bool(self.cache.eval(_PUT, 1, COPY, WHOLE, entry.key, _encoded(entry), entry.version, revision))

    def drop(self) -> None:
        """Take the copy away: it is filled anew, and meanwhile the record is read."""
        with reaching_redis():
            self.cache.delete(COPY)


def spare_name() -> str:
    """Return the name of a copy that is being made."""
    return f"{COPY}:{uuid4().hex}"


def copied(entries: Iterable[ListEntry], revision: int) -> dict[Field, Field]:
    """Return the fields of the copy."""
    fields: dict[Field, Field] = {one.key: _encoded(one) for one in entries if not one.removed}
    return fields | {WHOLE: revision}


class Copied(msgspec.Struct, frozen=True):
    """What the copy holds of an entry; `listing` is empty where it is removed, `ends` in seconds since 1970."""

    listing: str
    ends: float | None
    version: int


def _encoded(entry: ListEntry) -> bytes:
    ends = entry.expires_at.timestamp() if entry.expires_at else None
    return msgspec.json.encode(Copied("" if entry.removed else entry.listing, ends, entry.version))
