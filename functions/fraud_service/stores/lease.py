"""A lease in Firestore: at most one process at a time does a piece of work, and another takes over once it has died."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from google.api_core.exceptions import AlreadyExists, FailedPrecondition, NotFound
from google.cloud import firestore

from fraud.errors import RetryableError
from fraud_service.stores.documents import reaching_firestore
from fraud_service.stores.foreign import ours

COLLECTION = "leases"
TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Lease:
    """The right to do what `name` says, for `life` from each renewal on.

    Each write says which state of the document it follows, so that of several only one succeeds; none waits. Every
    method raises RetryableError without Firestore.
    """

    documents: firestore.Client
    name: str
    life: timedelta
    holder: str = field(default_factory=lambda: uuid4().hex)

    def take(self, now: datetime) -> bool:
        """Take or renew the lease; False while another holder's lasts."""
        mine = {"holder": self.holder, "expires_at": now + self.life}
        try:
            with reaching_firestore():
                snapshot = self._reference.get(timeout=TIMEOUT_S)
                held = snapshot.to_dict()
                if held is None:
                    self._reference.create(mine, timeout=TIMEOUT_S)
                elif held.get("holder") != self.holder and self._lasts(held, now):
                    return False
                else:
                    unchanged = self.documents.write_option(last_update_time=snapshot.update_time)
                    self._reference.update(mine, option=unchanged, timeout=TIMEOUT_S)
        except RetryableError as error:
            if isinstance(error.__cause__, AlreadyExists | FailedPrecondition | NotFound):
                return False
            raise
        return True

    @contextmanager
    def held(self, now: datetime) -> Iterator[bool]:
        """Hold the lease meanwhile; False where another holds it. One that is not given back ends by itself."""
        is_held = self.take(now)
        try:
            yield is_held
        finally:
            if is_held:
                with suppress(RetryableError), reaching_firestore():
                    self._give_back()

    def _give_back(self) -> None:
        snapshot = self._reference.get(timeout=TIMEOUT_S)
        if (snapshot.to_dict() or {}).get("holder") == self.holder:
            unchanged = self.documents.write_option(last_update_time=snapshot.update_time)
            self._reference.delete(option=unchanged, timeout=TIMEOUT_S)

    def _lasts(self, held: dict[str, Any], now: datetime) -> bool:
        """Tell whether another's lease lasts; what tells no moment is no lease, and is taken over."""
        lasting = ours(f"firestore.{COLLECTION}", [held], lambda one: bool(one["expires_at"] > now))
        return any(lasts for _, lasts in lasting)

    @property
    def _reference(self) -> firestore.DocumentReference:
        return self.documents.collection(COLLECTION).document(self.name)
