"""A Firestore client of which every call ends in time, repeats included.

Left to itself the library repeats a call for one to five minutes whatever its `timeout` says, begins and ends
transactions without asking for a limit at all, and knows no way to be told (google-cloud-firestore 2.34).
"""

from collections.abc import Callable
from typing import Any

from google.api_core.exceptions import ResourceExhausted, ServiceUnavailable
from google.api_core.gapic_v1.method import DEFAULT
from google.api_core.retry import Retry, if_exception_type
from google.cloud import firestore
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore import client as firestore_client
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

CALL_LIMIT_S = 5.0
"""For a call that names no limit of its own: the beginning and the end of a transaction among them."""

AGAIN = Retry(if_exception_type(ResourceExhausted, ServiceUnavailable), initial=0.1, maximum=1.0)
"""What is repeated within a call's limit; a call that was not answered in it has used it up."""


class BoundedCall:
    """One of the server's calls; `timeout`, in seconds, is all that it takes, however often it is repeated."""

    _retry = AGAIN

    def __init__(self, call: Callable[..., Any]) -> None:
        """Take the call as the library wraps it."""
        self._call = call

    def __call__(self, request: object, *, retry: object = DEFAULT, timeout: object = DEFAULT, **options: Any) -> Any:  # noqa: ANN401
        """Make the call. Raises GoogleAPICallError or RetryError within its limit."""
        limit = float(timeout) if isinstance(timeout, int | float) else CALL_LIMIT_S
        again = AGAIN.with_timeout(limit) if retry is DEFAULT else retry
        return self._call(request, retry=again, timeout=limit, **options)


class _Transport(FirestoreGrpcTransport):
    def _prep_wrapped_messages(self, client_info: object) -> None:
        super()._prep_wrapped_messages(client_info)  # type: ignore[no-untyped-call]  # the library's has no types
        self._wrapped_methods = {rpc: BoundedCall(call) for rpc, call in self._wrapped_methods.items()}


class BoundedFirestore(firestore.Client):
    """Firestore, of the emulator where FIRESTORE_EMULATOR_HOST says so; no call takes longer than its limit."""

    @property
    def _firestore_api(self) -> FirestoreClient:
        made: FirestoreClient = self._firestore_api_helper(_Transport, FirestoreClient, firestore_client)
        return made
