"""An AppendRows call that stays open: one for a write stream and process, not one for an append."""

from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic

import grpc
from google.api_core.exceptions import (
    DeadlineExceeded,
    GoogleAPICallError,
    ServiceUnavailable,
    from_grpc_error,
)
from google.cloud.bigquery_storage_v1 import BigQueryWriteClient
from google.cloud.bigquery_storage_v1.types import AppendRowsRequest, AppendRowsResponse

from fraud_stream.sinks.answers import error_in

LIFE_S = 1_800
"""After this long a connection is replaced between two appends."""

GRACE_S = 600
"""How much longer its last append may take."""


class Connection:
    """Requests of one write stream, answered in their order.

    A thread reads the answers, so that waiting for one can end: a call's own deadline would be that of all its appends.
    """

    def __init__(self, client: BigQueryWriteClient, stream: str) -> None:
        self.lock = Lock()
        self._until = monotonic() + LIFE_S
        self._requests: SimpleQueue[AppendRowsRequest | None] = SimpleQueue()
        self._answers: SimpleQueue[AppendRowsResponse | GoogleAPICallError] = SimpleQueue()
        # The client's own method waits for a first answer before it gives the call out, and so could not be cancelled.
        append: grpc.StreamStreamMultiCallable = client.transport.append_rows
        self._call = append(
            iter(self._requests.get, None),
            timeout=LIFE_S + GRACE_S,
            metadata=[("x-goog-request-params", f"write_stream={stream}")],
        )
        Thread(target=self._read, name="append-answers", daemon=True).start()

    @property
    def is_fresh(self) -> bool:
        """Whether the connection is young enough to go on with."""
        return monotonic() < self._until

    def send(self, requests: Sequence[AppendRowsRequest], answer_s: float) -> int:
        """Send requests and wait for their answers, each at most `answer_s` seconds; return how many landed.

        Fewer than all landed where `failure` holds an error; the connection is of no use then.
        """
        self.failure: GoogleAPICallError | None = None
        for request in requests:
            self._requests.put(request)
        for landed in range(len(requests)):
            self.failure = self._failure_of_next(answer_s)
            if self.failure:
                return landed
        return len(requests)

    def _failure_of_next(self, answer_s: float) -> GoogleAPICallError | None:
        try:
            answer = self._answers.get(timeout=answer_s)
        except Empty:
            return DeadlineExceeded(f"BigQuery took an append and did not answer within {answer_s:g} s")
        return answer if isinstance(answer, GoogleAPICallError) else error_in(answer)

    def close(self) -> None:
        """End the call; what was not answered may have landed or not."""
        self._requests.put(None)
        self._call.cancel()

    def _read(self) -> None:
        end: GoogleAPICallError = ServiceUnavailable("BigQuery ended the connection")
        try:
            for answer in self._call:
                self._answers.put(answer)
        except grpc.RpcError as error:
            end = from_grpc_error(error)
        finally:
            with suppress(RuntimeError):  # the interpreter may be shutting down
                self._answers.put(end)
