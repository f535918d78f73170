"""The supervisor under functions-framework, Dataproc's API on loopback with real processes, Firestore's emulator."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import grpc
import pytest
from flask.testing import FlaskClient
from functions_framework import create_app
from google.cloud.dataproc_v1 import (
    Batch,
    CreateBatchRequest,
    GetBatchRequest,
    ListBatchesRequest,
    ListBatchesResponse,
)
from google.longrunning.operations_pb2 import CancelOperationRequest, Operation
from google.protobuf.empty_pb2 import Empty

from fraud_service import settings
from fraud_service.stores.documents import documents as documents_client
from fraud_service.supervision.batches import ID_VARIABLE
from infra.local.job.batches import LIVE, Batches
from infra.local.job.server import Server, serve
from infra.local.machine.ports import LOOPBACK
from infra.local.machine.process import Command, Launcher
from infra.local.servers.firestore import Firestore
from tests.integration.local.waiting import wait_until

Request = TypeVar("Request")
Response = TypeVar("Response")

SOURCE = Path(__file__).parents[3] / "functions" / "stream_supervisor" / "main.py"
PARENT = "projects/local-fraud/locations/europe-west1"
JOB = """
import os, sys, time
folder, behaviour = sys.argv[1], sys.argv[2]
if behaviour == "fails" and not os.path.exists(f"{folder}/mended"):
    sys.exit(3)
if behaviour == "holds":  # the checkpoint, as the streaming job does
    from fraud_stream.checkpoint.lease import hold
    lease = hold(folder)
    lease.__enter__()
with open(f"{folder}/starts", "a") as starts:
    starts.write(os.environ["STREAM_BATCH_ID"] + "\\n")
while behaviour == "deaf" or not os.path.exists(f"{folder}/stop/" + os.environ["STREAM_BATCH_ID"]):
    time.sleep(0.05)
"""


def program(batch: Batch, folder: Path) -> Command:
    """Run the job without Spark, whose virtual machine takes seconds to start."""
    environment = {"STREAM_BATCH_ID": batch.runtime_config.properties[ID_VARIABLE]}
    return Command([sys.executable, str(folder / "job.py"), *batch.pyspark_batch.args], environment)


@dataclass(frozen=True)
class Fault:
    """An error that a call ends with, once: instead of what it was to do, or although that `is_done`."""

    call: str
    code: grpc.StatusCode
    is_done: bool = False


class FaultyServer(Server):
    """Dataproc as it is on a bad day, which no server has at will."""

    faults: list[Fault]

    def create(self, request: CreateBatchRequest, context: grpc.ServicerContext) -> Operation:
        """Create a batch, or not."""
        return self._answer("create", super().create, request, context)

    def get(self, request: GetBatchRequest, context: grpc.ServicerContext) -> Batch:
        """Return a batch, or not."""
        return self._answer("get", super().get, request, context)

    def list(self, request: ListBatchesRequest, context: grpc.ServicerContext) -> ListBatchesResponse:
        """Return batches, or not."""
        return self._answer("list", super().list, request, context)

    def cancel(self, request: CancelOperationRequest, context: grpc.ServicerContext) -> Empty:
        """End a batch, or not."""
        return self._answer("cancel", super().cancel, request, context)

    def _answer(
        self,
        name: str,
        call: Callable[[Request, grpc.ServicerContext], Response],
        request: Request,
        context: grpc.ServicerContext,
    ) -> Response:
        fault = next((fault for fault in self.faults if fault.call == name), None)
        if fault is None:
            return call(request, context)
        self.faults.remove(fault)
        if fault.is_done:
            call(request, context)
        context.abort(fault.code, "a bad day")
        raise AssertionError  # abort has raised


@dataclass
class Dataproc:
    """The stand-in: in this process, so that a test may take it down and bring it back."""

    folder: Path
    port: int = 0
    launcher: Launcher = field(default_factory=Launcher)
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.batches = Batches(self.folder / "dataproc", self.folder / "spark.log", self.launcher, program)
        self.start()

    def start(self) -> None:
        """Answer calls, at the same port as before."""
        server = FaultyServer(self.batches, least_ttl=timedelta(seconds=1))  # tests have no ten minutes
        server.faults = self.faults
        self._server = serve(f"{LOOPBACK}:{self.port}", server)

    def stop(self) -> None:
        """Answer no more; batches go on."""
        self._server.stop(None).wait()

    def live(self) -> list[str]:
        """Return the ids of batches that may read the checkpoint."""
        return [batch.name.rsplit("/", 1)[-1] for batch in self.batches.all() if batch.state in LIVE]

    def states(self) -> list[str]:
        """Return the batches' states in the order of their creation."""
        return [batch.state.name for batch in reversed(self.batches.all())]

    def kill(self) -> None:
        """End the program as a crash would."""
        pid = self.batches.process_id()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def overlaps(self) -> list[tuple[str, str]]:
        """Return pairs of batches that were alive at the same time."""
        spans = sorted((batch.create_time, batch.state_time, batch.name, batch) for batch in self.batches.all())
        return [
            (first[2], second[2]) for first, second in pairwise(spans) if first[3].state in LIVE or first[1] > second[0]
        ]


@dataclass
class System:
    """A supervisor, what it supervises, and how to deploy."""

    dataproc: Dataproc
    folder: Path
    patch: pytest.MonkeyPatch

    def deploy(self, behaviour: str = "listens", ttl: str = "3600s", **policy: str) -> FlaskClient:
        """Start a supervisor of new code, as a deployment does; what it replaces is gone."""
        main = self.folder / "job.py"
        main.write_text(JOB)
        batch = {
            "pyspark_batch": {"main_python_file_uri": main.as_uri(), "args": [str(self.folder), behaviour]},
            "environment_config": {"execution_config": {"ttl": ttl}},
        }
        return self.deploy_batch(json.dumps(batch), **policy)

    def deploy_batch(self, batch: str, **policy: str) -> FlaskClient:
        """Start a supervisor of this batch."""
        quick = {"FIRST_DELAY_SECONDS": "0.1", "STOP_PATIENCE_MINUTES": "1"}
        for name, text in {"STREAM_BATCH": batch, **quick, **policy}.items():
            self.patch.setenv(name, text)
        client: FlaskClient = create_app("stream_supervisor", str(SOURCE)).test_client()
        return client

    def starts(self) -> list[str]:
        """Return the ids of the batches whose job has begun, in order."""
        file = self.folder / "starts"
        return file.read_text().split() if file.exists() else []

    def keep_calling(
        self, supervisor: FlaskClient, condition: Callable[[], bool], limit: float = 60, every: float = 0.05
    ) -> None:
        """Call as the scheduler does until a condition holds; there is never more than one live batch."""

        def called() -> bool:
            supervisor.post("/")
            assert len(self.dataproc.live()) <= 1
            return condition()

        wait_until(called, limit, every)


@pytest.fixture
def system(tmp_path: Path, firestore: Firestore, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    """A supervisor's surroundings, in which nothing runs yet."""
    sys.modules.pop("main", None)
    port = firestore.workspace.ports.port("dataproc-of-tests")
    dataproc = Dataproc(tmp_path, port)
    surroundings = {
        **firestore.environment(),
        "GOOGLE_CLOUD_PROJECT": f"supervised-{tmp_path.name.replace('_', '-')}"[:30].rstrip("-"),
        "DATAPROC_REGION": "europe-west1",
        "DATAPROC_EMULATOR_HOST": f"{LOOPBACK}:{port}",
        "CHECKPOINT_LOCATION": str(tmp_path),
    }
    for name, text in surroundings.items():
        monkeypatch.setenv(name, text)
    for cached in (settings.project, documents_client):
        cached.cache_clear()
    yield System(dataproc, tmp_path, monkeypatch)
    dataproc.stop()
    dataproc.batches.close()
    dataproc.launcher.close()
    for cached in (settings.project, documents_client):
        cached.cache_clear()
