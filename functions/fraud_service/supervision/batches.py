"""Batches of the streaming job on Dataproc Serverless, listed, submitted and ended; never waited for."""

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import grpc
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import AlreadyExists, FailedPrecondition, GoogleAPICallError, NotFound
from google.cloud import dataproc_v1
from google.cloud.dataproc_v1.services.batch_controller.transports import BatchControllerGrpcTransport

from fraud.errors import RetryableError
from fraud.supervision import Batch, BatchState

APP = "detect-fraud"
TIMEOUT_S = 20.0
ID_VARIABLE = "spark.dataproc.driverEnv.STREAM_BATCH_ID"
"""By this property a batch learns its own id, and so which marker is meant for it."""

_ID = re.compile(rf"{APP}-(\d+)-[0-9a-f]+")
_STATES = {state.value: state for state in BatchState}
_NAMESPACE = uuid.UUID("6f1d3c52-6f0b-4c0e-8f5c-2f1f5e0d7c11")


def connect(region: str, emulator_host: str | None) -> dataproc_v1.BatchControllerClient:
    """Return a client of Dataproc in a region, or of a stand-in, which is spoken to in plain text."""
    if emulator_host:
        transport = BatchControllerGrpcTransport(channel=grpc.insecure_channel(emulator_host))
        return dataproc_v1.BatchControllerClient(transport=transport)
    return dataproc_v1.BatchControllerClient(
        client_options=ClientOptions(api_endpoint=f"{region}-dataproc.googleapis.com:443")
    )


@dataclass(frozen=True)
class Batches:
    """The job's batches below `parent`; `template` is the batch to submit, as JSON.

    Every call raises RetryableError when Dataproc refuses or cannot be reached.
    """

    client: dataproc_v1.BatchControllerClient
    parent: str
    template: str

    @cached_property
    def code(self) -> str:
        """The name of what is deployed: code, settings, secrets' versions, all that a batch is made of."""
        return hashlib.sha256(self.template.encode()).hexdigest()[:16]

    def all(self) -> list[Batch]:
        """Return every batch that Dataproc still knows."""
        request = dataproc_v1.ListBatchesRequest(parent=self.parent, filter=f'labels.app = "{APP}"', page_size=1000)
        try:
            return list(_read(self.client.list_batches(request=request, timeout=TIMEOUT_S)))
        except GoogleAPICallError as error:
            raise RetryableError(f"Dataproc cannot list batches: {type(error).__name__}") from error

    def submit(self, number: int) -> str:
        """Create the batch of a number, once however often it is asked for, and return its id."""
        batch_id = f"{APP}-{number}-{self.code[:8]}"
        request = dataproc_v1.CreateBatchRequest(
            parent=self.parent,
            batch=self._batch(batch_id),
            batch_id=batch_id,
            request_id=str(uuid.uuid5(_NAMESPACE, f"{self.parent}/{batch_id}")),
        )
        try:
            self.client.create_batch(request=request, timeout=TIMEOUT_S)
        except AlreadyExists:
            return batch_id
        except GoogleAPICallError as error:
            raise RetryableError(f"Dataproc cannot create a batch: {type(error).__name__}") from error
        return batch_id

    def cancel(self, batch_id: str) -> None:
        """End a batch by force; one that has ended by itself is left alone."""
        try:
            batch = self.client.get_batch(name=f"{self.parent}/batches/{batch_id}", timeout=TIMEOUT_S)
            self.client.cancel_operation(request={"name": batch.operation}, timeout=TIMEOUT_S)
        except (NotFound, FailedPrecondition):
            return
        except GoogleAPICallError as error:
            raise RetryableError(f"Dataproc cannot cancel a batch: {type(error).__name__}") from error

    def _batch(self, batch_id: str) -> dataproc_v1.Batch:
        batch: dataproc_v1.Batch = dataproc_v1.Batch.from_json(self.template)
        batch.labels.update({"app": APP, "code": self.code})
        batch.runtime_config.properties[ID_VARIABLE] = batch_id
        return batch


def _read(listed: Iterable[dataproc_v1.Batch]) -> Iterator[Batch]:
    for batch in listed:
        batch_id = batch.name.rsplit("/", 1)[-1]
        matched = _ID.fullmatch(batch_id)
        yield Batch(
            batch_id,
            int(matched[1]) if matched else 0,  # submitted by hand: before all others
            batch.labels.get("code", ""),
            _STATES.get(batch.state.name, BatchState.PENDING),  # a state we do not know may well be a live one
            batch.create_time,
            batch.state_time or batch.create_time,
        )
