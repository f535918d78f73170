"""A lease in Firestore, so that of two supervisors only one acts; it ends by itself if its holder dies."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from google.api_core.exceptions import AlreadyExists, FailedPrecondition, GoogleAPICallError, NotFound, RetryError
from google.cloud import firestore
from google.cloud.firestore_v1.types import WriteResult

from fraud.errors import RetryableError

COLLECTION = "leases"
TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Lease:
    """A document that is there while somebody holds the lease, and counts until `life` after it was taken.

    Each write says which state of the document it follows, so that of several only one succeeds; none waits.
    """

    documents: firestore.Client
    name: str
    life: timedelta

    @contextmanager
    def held(self, now: datetime) -> Iterator[bool]:
        """Hold the lease meanwhile; gives False where another holds it. Raises RetryableError without Firestore."""
        taken_at = self._take(now)
        try:
            yield taken_at is not None
        finally:
            if taken_at is not None:
                self._release(taken_at)

    @property
    def _reference(self) -> firestore.DocumentReference:
        return self.documents.collection(COLLECTION).document(self.name)

    def _take(self, now: datetime) -> datetime | None:
        """Return when Firestore gave the lease, None where another holds it."""
        mine = {"expires_at": now + self.life}
        try:
            found = self._reference.get(timeout=TIMEOUT_S)
            if not found.exists:
                return _moment(self._reference.create(mine, timeout=TIMEOUT_S))
            if found.get("expires_at") > now:
                return None
            unchanged = self.documents.write_option(last_update_time=found.update_time)
            return _moment(self._reference.update(mine, option=unchanged, timeout=TIMEOUT_S))
        except (AlreadyExists, FailedPrecondition, NotFound):
            return None
        except (GoogleAPICallError, RetryError) as error:
            raise RetryableError(f"Firestore gives no lease: {type(error).__name__}") from error

    def _release(self, taken_at: datetime) -> None:
        """Give it back unless another has it by now; where that fails it ends by itself."""
        with suppress(GoogleAPICallError, RetryError):
            unchanged = self.documents.write_option(last_update_time=taken_at)
            self._reference.delete(option=unchanged, timeout=TIMEOUT_S)


def _moment(result: WriteResult) -> datetime:
    moment: datetime = result.update_time
    return moment
