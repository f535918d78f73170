"""Small files beside the streaming job's checkpoint, on a disk or in a bucket."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from google.api_core.exceptions import GoogleAPICallError, NotFound, PreconditionFailed
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage import Bucket, Client

_TIMEOUT_S = 20.0
_SCHEME = "gs://"

OUT_OF_REACH = (OSError, GoogleAPICallError, GoogleAuthError)
"""What reading or writing one raises while the place is out of reach."""


class Files(Protocol):
    """Small files of which the first writer wins, unless one is replaced."""

    def read(self, name: str) -> str | None:
        """Return a file's text, None where there is none."""

    def write(self, name: str, text: str) -> None:
        """Write a file unless it exists."""

    def replace(self, name: str, text: str) -> None:
        """Write a file in the place of the one that is there, at once."""


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

    def replace(self, name: str, text: str) -> None:
        """Write a file in the place of the one that is there, at once."""
        target = self.path / name
        fresh = target.with_suffix(f".{token_hex(4)}.fresh")
        fresh.write_text(text)
        fresh.replace(target)


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

    def replace(self, name: str, text: str) -> None:
        """Write a file in the place of the one that is there, at once."""
        self.bucket.blob(f"{self.prefix}/{name}").upload_from_string(text, timeout=_TIMEOUT_S)


def files_at(location: str, project: str) -> Files:
    """Return the files at a location, an absolute path or `gs://bucket/prefix`."""
    if not location.startswith(_SCHEME):
        return Folder(Path(location.removeprefix("file://")))
    bucket, _, prefix = location.removeprefix(_SCHEME).partition("/")
    return Objects(Client(project).bucket(bucket), prefix)
