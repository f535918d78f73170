"""Dataproc's Batches API on loopback: `python -m infra.local.job.server PORT FOLDER LOG`.

The gRPC services that google-cloud-dataproc calls: BatchController, and CancelOperation of long-running operations.
"""

import re
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any, NoReturn

import grpc
from google.cloud import dataproc_v1
from google.cloud.dataproc_v1 import Batch
from google.longrunning import operations_pb2
from google.protobuf import empty_pb2

from infra.local.job.batches import LIVE, Batches, TakenError
from infra.local.machine.ports import LOOPBACK
from infra.local.machine.process import Launcher

_ID = re.compile(r"[a-z0-9]([a-z0-9-]{2,61}[a-z0-9])")
_LABEL = re.compile(r'labels\.([a-z0-9_-]+)\s*=\s*"?([^"\s]+)"?')
_STATE = re.compile(r"state\s*=\s*([A-Z]+)")
_MOST_TTL = timedelta(days=14)
_LEAST_TTL = timedelta(minutes=10)
_THREADS = 8
_GRACE_S = 5.0


class Server:
    """The calls, each as Dataproc answers it; `least_ttl` is Google's ten minutes unless a test has less time."""

    def __init__(self, batches: Batches, least_ttl: timedelta = _LEAST_TTL) -> None:
        self._batches = batches
        self._least_ttl = least_ttl

    def create(
        self, request: dataproc_v1.CreateBatchRequest, context: grpc.ServicerContext
    ) -> operations_pb2.Operation:
        """Create a batch; its operation goes on as long as it does."""
        if not _ID.fullmatch(request.batch_id):
            _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, "batch_id must be 4-63 characters of [a-z0-9-]")
        ttl = request.batch.environment_config.execution_config.ttl
        if ttl is not None and not self._least_ttl <= ttl <= _MOST_TTL:
            _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, "ttl must be from 10 minutes to 14 days")
        batch = request.batch
        batch.name = f"{request.parent}/batches/{request.batch_id}"
        batch.operation = f"{request.parent.replace('/locations/', '/regions/')}/operations/{request.batch_id}"
        try:
            made = self._batches.create(batch, request.request_id)
        except TakenError:
            _refuse(context, grpc.StatusCode.ALREADY_EXISTS, f"{batch.name} exists")
        return operations_pb2.Operation(name=made.operation)

    def get(self, request: dataproc_v1.GetBatchRequest, context: grpc.ServicerContext) -> Batch:
        """Return a batch."""
        return self._batches.get(request.name) or _refuse(context, grpc.StatusCode.NOT_FOUND, request.name)

    def list(
        self, request: dataproc_v1.ListBatchesRequest, context: grpc.ServicerContext
    ) -> dataproc_v1.ListBatchesResponse:
        """Return batches, page by page."""
        found = [batch for batch in self._batches.all() if _matches(batch, request.filter, context)]
        start, size = int(request.page_token or 0), request.page_size or 20
        rest = str(start + size) if start + size < len(found) else ""
        return dataproc_v1.ListBatchesResponse(batches=found[start : start + size], next_page_token=rest)

    def delete(self, request: dataproc_v1.DeleteBatchRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Forget a batch, which must have ended."""
        batch = self._batches.get(request.name) or _refuse(context, grpc.StatusCode.NOT_FOUND, request.name)
        if batch.state in LIVE:
            _refuse(context, grpc.StatusCode.FAILED_PRECONDITION, f"{request.name} is {batch.state.name}")
        self._batches.delete(batch)
        return empty_pb2.Empty()

    def cancel(self, request: operations_pb2.CancelOperationRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End the batch of an operation."""
        batch = next((one for one in self._batches.all() if one.operation == request.name), None)
        if batch is None:
            _refuse(context, grpc.StatusCode.NOT_FOUND, request.name)
        if batch.state not in LIVE:
            _refuse(context, grpc.StatusCode.FAILED_PRECONDITION, f"{batch.name} has ended")
        self._batches.cancel(batch)
        return empty_pb2.Empty()


def _matches(batch: Batch, wanted: str, context: grpc.ServicerContext) -> bool:
    for clause in re.split(r"\s+AND\s+", wanted, flags=re.IGNORECASE) if wanted else ():
        label, state = _LABEL.fullmatch(clause.strip()), _STATE.fullmatch(clause.strip())
        if label is None and state is None:
            _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, f"filter: {clause} is not understood here")
        if label and batch.labels.get(label[1]) != label[2]:
            return False
        if state and batch.state.name != state[1]:
            return False
    return True


def _refuse(context: grpc.ServicerContext, code: grpc.StatusCode, details: str) -> NoReturn:
    context.abort(code, details)
    raise AssertionError  # abort has raised


def _unary(call: Callable[..., Any], request: Any, response: Any) -> grpc.RpcMethodHandler:  # noqa: ANN401  proto-plus and protobuf
    return grpc.unary_unary_rpc_method_handler(
        call,
        request_deserializer=getattr(request, "deserialize", None) or request.FromString,
        response_serializer=getattr(response, "serialize", None) or response.SerializeToString,
    )


def serve(address: str, server: Server) -> grpc.Server:
    """Answer calls at an address until the returned server is stopped."""
    calls = {
        "CreateBatch": _unary(server.create, dataproc_v1.CreateBatchRequest, operations_pb2.Operation),
        "GetBatch": _unary(server.get, dataproc_v1.GetBatchRequest, Batch),
        "ListBatches": _unary(server.list, dataproc_v1.ListBatchesRequest, dataproc_v1.ListBatchesResponse),
        "DeleteBatch": _unary(server.delete, dataproc_v1.DeleteBatchRequest, empty_pb2.Empty),
    }
    operations = {"CancelOperation": _unary(server.cancel, operations_pb2.CancelOperationRequest, empty_pb2.Empty)}
    running = grpc.server(ThreadPoolExecutor(_THREADS))
    running.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler("google.cloud.dataproc.v1.BatchController", calls),
            grpc.method_handlers_generic_handler("google.longrunning.Operations", operations),
        )
    )
    running.add_insecure_port(address)
    running.start()
    return running


def main(port: int, folder: Path, log: Path) -> None:
    """Serve until SIGTERM; every batch ends first."""
    stopped = Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stopped.set())
    signal.signal(signal.SIGINT, lambda _signal, _frame: stopped.set())
    launcher = Launcher()
    batches = Batches(folder, log, launcher)
    server = serve(f"{LOOPBACK}:{port}", Server(batches))
    stopped.wait()
    server.stop(_GRACE_S)
    batches.close()
    launcher.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
