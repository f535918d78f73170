"""Alerts under way: the Pub/Sub emulator forgets them when it ends, so the stack waits until the functions have them.

How much the emulator still holds it tells nobody. What the job raised stands in Redis, what the functions have made of
it in Firestore: the stack waits while alerts without a record get fewer. Those that are told together with another of
their account never get one of their own, and are not waited for any longer than that.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import monotonic, sleep, time

import grpc
import redis
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

LIMIT_S = 30.0
STANDSTILL_S = 3.0
"""Without one alert more on record meanwhile nothing is under way any more: the emulator sends again each second."""

RECORDS = {"alert_fanout": "alerts", "automation_rules": "decisions"}
"""By function, the collection in which it keeps a document of each alert."""

_CALL_LIMIT_S = 3.0
_LOOK_EVERY_S = 0.25
_STREAM = "fraud:alerts:stream"
_AS_IT_IS = re.compile(r"(?!__)[^/%.][^/%]*")
"""An id that is the name of its document as it is: Firestore forbids some."""

_NEWEST_S, _NEWEST = 600, 2_000
"""What may be under way: alerts of the last ten minutes, and no more than that."""


def drain(
    unrecorded: Callable[[], int], clock: Callable[[], float] = monotonic, wait: Callable[[float], None] = sleep
) -> int:
    """Wait until every alert has its record, or none has got one for a while; return how many have none then."""
    began = moved = clock()
    left = unrecorded()
    while left and clock() - began < LIMIT_S and clock() - moved < STANDSTILL_S:
        wait(_LOOK_EVERY_S)
        before, left = left, unrecorded()
        if left != before:
            moved = clock()
    return left


@dataclass(frozen=True)
class Unrecorded:
    """The question how many of the newest alerts lack the records of these functions; none where nobody answers."""

    addresses: Mapping[str, str]
    functions: Iterable[str]

    def __call__(self) -> int:
        """Return their number."""
        try:
            ids = self._raised()
            return sum(len(ids) - self._recorded(RECORDS[name], ids) for name in self.functions if ids)
        except (redis.RedisError, GoogleAPICallError):
            return 0

    def _raised(self) -> set[str]:
        limit = {"socket_timeout": _CALL_LIMIT_S, "socket_connect_timeout": _CALL_LIMIT_S}
        with redis.Redis.from_url(self.addresses["REDIS_URL"], **limit) as cache:
            since = int((time() - _NEWEST_S) * 1000)
            entries = cache.xrevrange(_STREAM, min=since, count=_NEWEST) or ()
        return {found for _, fields in entries if (found := alert_id(fields.get(b"alert", b"")))}

    def _recorded(self, collection: str, ids: Iterable[str]) -> int:
        database = f"projects/{self.addresses['GOOGLE_CLOUD_PROJECT']}/databases/(default)"
        names = [f"{database}/documents/{collection}/{one}" for one in ids]
        with grpc.insecure_channel(self.addresses["FIRESTORE_EMULATOR_HOST"]) as channel:
            client = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
            request = {"database": database, "documents": names, "mask": {"field_paths": ["transaction_id"]}}
            answers = client.batch_get_documents(request=request, retry=None, timeout=_CALL_LIMIT_S)
            return sum(bool(answer.found.name) for answer in answers)


def alert_id(document: bytes) -> str | None:
    """Return an alert's transaction if its record has that very name; None for what is no alert, or has another."""
    try:
        found = str(json.loads(document)["transaction_id"])
    except (LookupError, TypeError, ValueError):
        return None
    return found if _AS_IT_IS.fullmatch(found) else None
