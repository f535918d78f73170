"""BigQuery: the bqemulator package with its data in a file, REST and Storage gRPC."""

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path

import grpc
from google.api_core.exceptions import NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import BigQueryWriteClient
from google.cloud.bigquery_storage_v1.services.big_query_write.transports import BigQueryWriteGrpcTransport

from infra.local.machine.ports import LOOPBACK, check_listening
from infra.local.machine.process import Command, Launcher
from infra.local.machine.workspace import REPOSITORY, Workspace
from infra.local.servers import bqemulator
from infra.local.servers.component import Component
from infra.local.settings import Settings

DATASET = "payment_data"
_CALL_LIMIT_S = 10.0
_SCHEMA_LIMIT_S = 90.0
_SCHEMA = REPOSITORY / "sql"


class BigQuery(Component):
    """The emulator with the tables and views of `sql/`."""

    name = "bigquery"

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        super().__init__(workspace, settings)
        self.rest_port = workspace.ports.port("bigquery")
        self.grpc_port = workspace.ports.port("bigquery-storage")

    @property
    def url(self) -> str:
        """The REST endpoint."""
        return f"http://{LOOPBACK}:{self.rest_port}"

    @property
    def storage_endpoint(self) -> str:
        """The address of the Storage Read and Write API: gRPC in plain text, without a scheme."""
        return f"{LOOPBACK}:{self.grpc_port}"

    def environment(self) -> dict[str, str]:
        """Return both endpoints."""
        return {"BIGQUERY_EMULATOR_HOST": self.url, "BIGQUERY_STORAGE_GRPC_ENDPOINT": self.storage_endpoint}

    def prepare(self, launcher: Launcher) -> None:
        """Make the emulator's environment, once for a machine."""
        bqemulator.install(self.settings.cache, launcher, self.workspace.log(self.name))

    def command(self, environment: Mapping[str, str]) -> Command:
        """Return the emulator with persistent data."""
        del environment
        folder = bqemulator.environment_folder(self.settings.cache)
        options = {
            "rest-host": LOOPBACK,
            "rest-port": self.rest_port,
            "grpc-host": LOOPBACK,
            "grpc-port": self.grpc_port,
            "data-dir": self.workspace.data(self.name),
            "project": self.settings.project,
            "log-level": "warning",
        }
        flags = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        # Without its Avro support it asks no server for an extension at each start.
        environ = {"HOME": str(bqemulator.home(folder)), "BQEMU_ENABLE_FORMAT_EXTENSIONS": "false"}
        server = [str(folder / "bin" / "python"), "-P", str(bqemulator.SERVER)]
        return Command([*server, "start", "--persistent", *flags], environ)

    def greet(self) -> None:
        """Run a query, and make a call to the Storage Write API."""
        check_listening(self.rest_port)
        check_listening(self.grpc_port)
        self._query()
        self._ask_for_stream()

    def furnish(self, environment: Mapping[str, str], launcher: Launcher) -> None:
        """Apply the tables and views of `sql/`, unless this very folder has been applied to the data before."""
        applied, wanted = self.workspace.data(self.name) / "schema.sha256", folder_digest(_SCHEMA)
        if not applied.exists() or applied.read_text() != wanted:
            command = Command([sys.executable, "-m", "sql", "apply"], {**environment, "BIGQUERY_DATASET": DATASET})
            launcher.run(command, self.workspace.log("bigquery-schema"), limit=_SCHEMA_LIMIT_S)
            applied.write_text(wanted)

    def _query(self) -> None:
        options = {"api_endpoint": self.url}
        with bigquery.Client(self.settings.project, AnonymousCredentials(), client_options=options) as client:
            client.query_and_wait("select 1", api_timeout=_CALL_LIMIT_S, wait_timeout=_CALL_LIMIT_S)

    def _ask_for_stream(self) -> None:
        table = f"projects/{self.settings.project}/datasets/{DATASET}/tables/no_such_table"
        with grpc.insecure_channel(self.storage_endpoint) as channel:
            client = BigQueryWriteClient(transport=BigQueryWriteGrpcTransport(channel=channel))
            try:
                client.get_write_stream(name=f"{table}/streams/_default", timeout=_CALL_LIMIT_S)
            except NotFound:
                return


def folder_digest(folder: Path) -> str:
    """Return a SHA-256 over the names and contents of the source files below a folder, in hex."""
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.suffix in {".py", ".sql", ".txt"}):
        digest.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return digest.hexdigest()
