"""Firestore: Google's emulator, the jar run by Java directly; it keeps everything in memory until a wanted stop."""

import json
import shutil
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

import grpc
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import Document, Value, Write

from infra.local.errors import ComponentError
from infra.local.machine.ports import LOOPBACK, check_listening
from infra.local.machine.prerequisites import find_emulator
from infra.local.machine.workspace import Workspace
from infra.local.servers.java import JavaComponent, Program
from infra.local.settings import Settings

_CALL_LIMIT_S = 10.0
_EXPORT = "saved"


class Firestore(JavaComponent):
    """The emulator; a wanted stop exports its documents, the next start imports them."""

    name = "firestore"

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        super().__init__(workspace, settings)
        self.port = workspace.ports.port("firestore")
        self._exports = workspace.data("firestore")

    @property
    def host(self) -> str:
        """The address as Google's clients want it, without a scheme."""
        return f"{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the address."""
        return {"FIRESTORE_EMULATOR_HOST": self.host}

    def require(self) -> None:
        """Raise MissingPrerequisiteError without Java or the emulator."""
        super().require()
        self.program()

    def program(self) -> Program:
        """Return the emulator's jar."""
        jar = find_emulator("cloud-firestore-emulator", "cloud-firestore-emulator.jar", self.settings)
        main = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
        return Program(main, [jar], ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.language=en"])

    def arguments(self) -> list[str]:
        """Return the address to listen on, and what the last stop exported."""
        export = self._exports / _EXPORT / f"{_EXPORT}.overall_export_metadata"
        return [f"--host={LOOPBACK}", f"--port={self.port}", *([f"--import-data={export}"] if export.exists() else [])]

    def greet(self) -> None:
        """Write a document, read it and delete it."""
        check_listening(self.port)
        with grpc.insecure_channel(self.host) as channel:
            client = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
            name = f"{self._database}/documents/local-stack/ready"
            document = Document(name=name, fields={"ready": Value(boolean_value=True)})
            self._commit(client, Write(update=document))
            client.get_document(request={"name": name}, timeout=_CALL_LIMIT_S)
            self._commit(client, Write(delete=name))

    def save(self) -> None:
        """Export every document in place of the last export."""
        fresh = self._exports / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        self._export(fresh)
        shutil.rmtree(self._exports / _EXPORT, ignore_errors=True)
        (fresh / _EXPORT).rename(self._exports / _EXPORT)

    @property
    def _database(self) -> str:
        return f"projects/{self.settings.project}/databases/(default)"

    def _commit(self, client: FirestoreClient, write: Write) -> None:
        client.commit(database=self._database, writes=[write], timeout=_CALL_LIMIT_S)

    def _export(self, folder: Path) -> None:
        body = {"database": self._database, "export_directory": str(folder), "export_name": _EXPORT}
        with closing(HTTPConnection(LOOPBACK, self.port, timeout=_CALL_LIMIT_S)) as connection:
            path = f"/emulator/v1/projects/{self.settings.project}:export"
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            if answer.status != HTTPStatus.OK:
                raise ComponentError(f"Firestore's documents could not be saved: {answer.read().decode()}")
