"""Small files beside the streaming job's checkpoint: by some a batch is asked to end, one tells how it gets on.

`stop/<batch id>` holds the moment of asking. Ids are never used twice, so a marker that is left behind does no harm.
`last_progress` holds the moment at which the job last ended a micro-batch or had nothing to read.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from google.api_core.exceptions import GoogleAPICallError, NotFound, PreconditionFailed
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage import Bucket, Client

from fraud.errors import RetryableError
from fraud_service.stores.foreign import ours

FOLDER = "stop"
LAST_PROGRESS = "last_progress"
_TIMEOUT_S = 20.0
_SCHEME = "gs://"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
"""When a batch was asked whose marker tells no moment: it has seen the marker, and was given time enough."""


class Files(Protocol):
    """Small files of which the first writer wins."""

    def read(self, name: str) -> str | None:
        """Return a file's text, None where there is none."""

    def write(self, name: str, text: str) -> None:
        """Write a file unless it exists."""


@dataclass(frozen=True)
class Folder:
    """Files on a disk."""

    path: Path

    def read(self, name: str) -> str | None:
        """Return a file's text, None where there is none."""
        try:
            return (self.path / name).read_text()
        except FileNotFoundError:
            return None

    def write(self, name: str, text: str) -> None:
        """Write a file unless it exists."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".fresh")
        fresh.write_text(text)
        with suppress(FileExistsError):
            target.hardlink_to(fresh)
        fresh.unlink()


@dataclass(frozen=True)
class Objects:
    """Files in a bucket, below a prefix."""

    bucket: Bucket
    prefix: str

    def read(self, name: str) -> str | None:
        """Return a file's text, None where there is none."""
        try:
            content: bytes = self.bucket.blob(f"{self.prefix}/{name}").download_as_bytes(timeout=_TIMEOUT_S)
        except NotFound:
            return None
        return content.decode()

    def write(self, name: str, text: str) -> None:
        """Write a file unless it exists."""
        with suppress(PreconditionFailed):
            blob = self.bucket.blob(f"{self.prefix}/{name}")
            blob.upload_from_string(text, if_generation_match=0, timeout=_TIMEOUT_S)


def files_at(location: str, project: str) -> Files:
    """Return the files at a location, an absolute path or `gs://bucket/prefix`."""
    if not location.startswith(_SCHEME):
        return Folder(Path(location.removeprefix("file://")))
    bucket, _, prefix = location.removeprefix(_SCHEME).partition("/")
    return Objects(Client(project).bucket(bucket), prefix)


@dataclass(frozen=True)
class StopMarkers:
    """The batches that were asked to stop, and when. Each call raises RetryableError while that is out of reach."""

    files: Files

    def asked(self, batch_ids: list[str]) -> Mapping[str, datetime]:
        """Return when each of these batches was asked; those that were not are left out."""
        texts = {batch_id: self._read(f"{FOLDER}/{batch_id}") for batch_id in batch_ids}
        return {batch_id: _moment(text) or _LONG_AGO for batch_id, text in texts.items() if text is not None}

    def ask(self, batch_id: str, now: datetime) -> None:
        """Ask a batch to stop; asked before, it keeps its first moment."""
        try:
            self.files.write(f"{FOLDER}/{batch_id}", now.isoformat())
        except (OSError, GoogleAPICallError, GoogleAuthError) as error:
            raise RetryableError(f"no marker can be left: {type(error).__name__}") from error

    def moved_at(self) -> datetime | None:
        """Return when the stream last got on; None where nothing tells that can be read."""
        text = self._read(LAST_PROGRESS)
        return None if text is None else _moment(text)

    def _read(self, name: str) -> str | None:
        try:
            return self.files.read(name)
        except UnicodeDecodeError:
            return ""  # it is there, and tells nothing
        except (OSError, GoogleAPICallError, GoogleAuthError) as error:
            raise RetryableError(f"no marker can be read: {type(error).__name__}") from error


def _moment(text: str) -> datetime | None:
    """Return the moment that a marker holds; None for what is none, which is told."""
    return next((moment for _, moment in ours("checkpoint", [text], _aware)), None)


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment
