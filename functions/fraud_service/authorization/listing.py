"""The lists as an authorisation reads them where Redis has no copy: of one payment, then whole, to copy them."""

import asyncio

import redis.asyncio
import structlog
from google.cloud import firestore

from fraud.authorization.attempt import Attempt
from fraud.authorization.listing import list_keys
from fraud.errors import RetryableError
from fraud.lists import COLLECTION, SETS, ListEntry
from fraud_service.lists.record import COPY, FILL, WHOLE, copied, spare_name
from fraud_service.stores.cache import reaching_redis
from fraud_service.stores.documents import document_id, from_document, reaching_firestore

PATIENCE_S = 0.2
"""How long a payer waits for the copy to be made; the others ask for their own entries meanwhile."""
LIMIT_S = 30.0

log = structlog.get_logger()


class RecordedLists:
    """The lists in Firestore, and the making of their copy, which one request at a time sees to."""

    def __init__(self, documents: firestore.AsyncClient, cache: redis.asyncio.Redis) -> None:
        self._documents, self._cache = documents, cache
        self._copying: asyncio.Task[None] | None = None

    async def of(self, attempt: Attempt, timeout_s: float) -> str:
        """Return the lists that an attempt is on, by its event time. Raises what Firestore does."""
        collection = self._documents.collection(COLLECTION)
        references = [collection.document(document_id(key)) for key in list_keys(attempt)]
        snapshots = self._documents.get_all(references, retry=None, timeout=timeout_s)
        found = [from_document(document, ListEntry) async for one in snapshots if (document := one.to_dict())]
        return ",".join(one.hit for one in found if one.in_force(attempt.payment.event_time))

    async def copy(self) -> None:
        """See to the copy, and wait a little for it."""
        if self._copying is None or self._copying.done():
            self._copying = asyncio.create_task(self._copy())
        await asyncio.wait({self._copying}, timeout=PATIENCE_S)

    async def _copy(self) -> None:
        try:
            with reaching_firestore():
                changes = (await self._documents.document(f"{SETS}/{COLLECTION}").get(timeout=LIMIT_S)).to_dict() or {}
                stream = self._documents.collection(COLLECTION).stream(timeout=LIMIT_S)
                entries = [from_document(one.to_dict() or {}, ListEntry) async for one in stream]
            spare, revision = spare_name(), int(changes.get("revision", 0))
            with reaching_redis():
                async with self._cache.pipeline(transaction=True) as pipeline:
                    pipeline.hset(spare, mapping=copied(entries, revision))
                    pipeline.eval(FILL, 2, COPY, spare, WHOLE, revision)
                    await pipeline.execute()
        except RetryableError as error:
            log.warning("lists_not_copied", reason=str(error))
        else:
            log.info("lists_copied", entries=len(entries))
