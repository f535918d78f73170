"""Lists in Firestore, which the streaming job reads between batches; Redis holds a copy for the authorisation.

`lists/{kind}:{value}` with its versions, `rule_sets/lists`; see `fraud_service.stores.versions`. The copy is one hash,
`lists:entries`, of what is in force by the key of its entry, whole or not there at all: an authorisation that does not
find it reads the record.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import redis
from google.cloud import firestore

from fraud.lists import COLLECTION, CONTENT, ListEntry, ListError, normal
from fraud_service.stores.cache import reaching_redis
from fraud_service.stores.versions import Kind, Versions

COPY = "lists:entries"
WHOLE = "lists:whole"
"""A field of the copy that no entry's key can be: it says that the copy is whole."""

Field = bytes | bytearray | memoryview[int] | str | int | float
"""What redis-py takes for a field or a value."""

_PUT = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[2]) else redis.call('HSET', KEYS[1], ARGV[2], ARGV[3]) end
return 1
"""

_KIND = Kind(
    collection=COLLECTION,
    set_name=COLLECTION,
    struct=ListEntry,
    key="key",
    content=CONTENT,
    check=lambda entry: normal(entry.kind, entry.value),
    spoilt=lambda _key: ListError("value", "its document has been spoilt past this API: mend it in Firestore"),
    numbered=True,
)


def lists_of(documents: firestore.Client) -> Versions[ListEntry]:
    """Return the record of lists."""
    return Versions(documents, _KIND)


@dataclass(frozen=True)
class ListCopy:
    """The copy in Redis. Every method raises RetryableError while Redis is down."""

    cache: redis.Redis

    def fill(self, entries: Iterable[ListEntry]) -> None:
        """Put all entries in the place of what is there."""
        with reaching_redis(), self.cache.pipeline(transaction=True) as pipeline:
            pipeline.delete(COPY)
            pipeline.hset(COPY, mapping=copied(entries))
            pipeline.execute()

    def put(self, entry: ListEntry) -> bool:
        """Put one entry, or take it away where it is removed; tell whether there was a copy to put it into."""
        content = b"" if entry.removed else _encoded(entry)
        with reaching_redis():
            return bool(self.cache.eval(_PUT, 1, COPY, WHOLE, entry.key, content))

    def drop(self) -> None:
        """Take the copy away: it is filled anew, and meanwhile the record is read."""
        with reaching_redis():
            self.cache.delete(COPY)


def copied(entries: Iterable[ListEntry]) -> dict[Field, Field]:
    """Return the fields of the copy."""
    fields: dict[Field, Field] = {one.key: _encoded(one) for one in entries if not one.removed}
    return fields | {WHOLE: b"1"}


class Copied(msgspec.Struct, frozen=True):
    """What the copy holds of an entry; `ends` in seconds since 1970, None without an expiry."""

    listing: str
    ends: float | None


def _encoded(entry: ListEntry) -> bytes:
    ends = entry.expires_at.timestamp() if entry.expires_at else None
    return msgspec.json.encode(Copied(entry.listing, ends))
