"""A cloud on the disk: what a stand-in provider has made, in which order, and what it refuses."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.policy.inventory import Resource

Properties = dict[str, Any]

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine hands over for a value that is not known yet (pulumi/sdk/go/common/resource/plugin/rpc.go)."""

_GUARDS = {
    "deletionPolicy": "PREVENT",
    "deletionProtection": True,
    "deleteProtectionState": "DELETE_PROTECTION_ENABLED",
}


class RefusedError(Exception):
    """What a cloud refuses."""


@dataclass(frozen=True)
class Cloud:
    """A folder with a document for each resource, and a log of what was done."""

    folder: Path

    def create(self, kind: str, name: str, properties: Properties) -> str:
        """Make a resource and return its id. Raises RefusedError."""
        if UNKNOWN in json.dumps(properties):
            raise RefusedError(f"{name}: an unknown value reaches the cloud")
        if name in os.environ.get("STAND_IN_REFUSES", "").split(","):
            raise RefusedError(f"{name}: refused, as the test asks")
        self._missing_api(kind, name)
        made = f"{name}-id"
        while self._place(kind, made).exists():  # what it replaces is deleted afterwards
            made += "-new"
        self._write("create", kind, made, Resource(kind, name, properties))
        return made

    def update(self, kind: str, made: str, name: str, properties: Properties) -> None:
        """Change a resource, by its id. Raises RefusedError."""
        if UNKNOWN in json.dumps(properties):
            raise RefusedError(f"{name}: an unknown value reaches the cloud")
        self._write("update", kind, made, Resource(kind, name, properties))

    def delete(self, kind: str, made: str, name: str, properties: Properties) -> None:
        """Delete a resource, by its id. Raises RefusedError for what guards itself."""
        for guard, value in _GUARDS.items():
            if properties.get(guard) == value:
                raise RefusedError(f"{name}: {guard} is {value}")
        self._log("delete", kind, name)
        if properties.get("deletionPolicy") != "ABANDON":
            self._place(kind, made).unlink(missing_ok=True)

    def read(self, kind: str, made: str) -> Properties | None:
        """Return a resource as it stands, by its id; None where it is gone."""
        place = self._place(kind, made)
        return json.loads(place.read_text())["properties"] if place.exists() else None

    def lose(self, kind: str, made: str) -> None:
        """Delete a resource behind Pulumi's back."""
        self._place(kind, made).unlink()

    def held(self) -> list[Resource]:
        """Return everything there is."""
        documents = (json.loads(place.read_text()) for place in sorted(self.folder.glob("*.json")))
        return [Resource(one["type"], one["name"], one["properties"]) for one in documents]

    def done(self) -> Iterator[tuple[str, str, str]]:
        """Yield what was done, in order: the deed, the type, the name."""
        log = self.folder / "log"
        for line in log.read_text().splitlines() if log.exists() else ():
            deed, kind, name = line.split(" ")
            yield deed, kind, name

    def _missing_api(self, kind: str, name: str) -> None:
        api = _API_OF.get(Resource(kind, name, {}).kind.split(".")[0])
        if api and self.read("gcp:projects/service:Service", f"project-{api}-id") is None:
            raise RefusedError(f"{name}: SERVICE_DISABLED {api}.googleapis.com")

    def _write(self, deed: str, kind: str, made: str, resource: Resource) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        document = {"type": kind, "name": resource.name, "properties": dict(resource.properties)}
        self._place(kind, made).write_text(json.dumps(document))
        self._log(deed, kind, resource.name)

    def _log(self, deed: str, kind: str, name: str) -> None:
        with (self.folder / "log").open("a") as log:
            log.write(f"{deed} {kind} {name}\n")

    def _place(self, kind: str, made: str) -> Path:
        return self.folder / f"{hashlib.sha256(f'{kind} {made}'.encode()).hexdigest()[:32]}.json"


_API_OF = {
    "bigquery": "bigquery",
    "cloudfunctionsv2": "cloudfunctions",
    "cloudrunv2": "run",
    "cloudscheduler": "cloudscheduler",
    "compute": "compute",
    "firestore": "firestore",
    "logging": "logging",
    "monitoring": "monitoring",
    "pubsub": "pubsub",
    "redis": "redis",
    "secretmanager": "secretmanager",
    "serviceaccount": "iam",
    "servicenetworking": "servicenetworking",
    "storage": "storage",
}
"""The API that a module of the provider calls."""
