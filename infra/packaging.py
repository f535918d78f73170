"""What is uploaded: archives named after a hash of their content, so that only changed code is a change."""

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
FUNCTIONS = REPOSITORY / "functions"
JOBS = REPOSITORY / "dataproc_jobs"
BUILD = REPOSITORY / ".build"

_DIGITS = 16
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold
_MODE = 0o644 << 16
_LEFT_OUT = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache"})
_SHARED = ("fraud", "fraud_page", "fraud_service")
"""Packages that are packed into every function, so that a function is a folder that runs by itself."""


@dataclass(frozen=True)
class Archive:
    """A file to upload: the object it becomes, and where it lies."""

    object: str
    path: Path

    @property
    def digest(self) -> str:
        """The hash in its name."""
        return self.object.rsplit("-", 1)[1].split(".", 1)[0]


def function_files(folder: str, functions: Path = FUNCTIONS) -> dict[str, bytes]:
    """Return what a function is made of, by its place in the archive: its own files beside the shared packages."""
    shared = {
        f"{package}/{name}": content for package in _SHARED for name, content in _files(functions / package).items()
    }
    return _files(functions / folder) | shared


def job_files(jobs: Path = JOBS, functions: Path = FUNCTIONS) -> dict[str, bytes]:
    """Return the packages the streaming job imports."""
    packages = {"fraud_stream": jobs / "fraud_stream", "fraud": functions / "fraud"}
    return {f"{name}/{file}": content for name, folder in packages.items() for file, content in _files(folder).items()}


def digest(files: Mapping[str, bytes]) -> str:
    """Return a hash of names and contents, whatever their order, dates or owners."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(f"{name}\0{len(files[name])}\0".encode())
        total.update(files[name])
    return total.hexdigest()[:_DIGITS]


def pack(name: str, files: Mapping[str, bytes], build: Path = BUILD) -> Archive:
    """Write a zip that is the same, byte for byte, for the same content."""
    archive = Archive(f"{name}-{digest(files)}.zip", build / f"{name}-{digest(files)}.zip")
    archive.path.parent.mkdir(parents=True, exist_ok=True)
    # stored, not deflated: compressed bytes differ from one zlib to the next
    with zipfile.ZipFile(archive.path, "w", zipfile.ZIP_STORED) as target:
        for file in sorted(files):
            entry = zipfile.ZipInfo(file, _EPOCH)
            entry.external_attr = _MODE
            target.writestr(entry, files[file])
    return archive


def copy(name: str, source: Path, build: Path = BUILD) -> Archive:
    """Put a single file by under a name with its hash."""
    content = source.read_bytes()
    object_name = f"{name}-{digest({source.name: content})}{source.suffix}"
    archive = Archive(object_name, build / object_name)
    archive.path.parent.mkdir(parents=True, exist_ok=True)
    archive.path.write_bytes(content)
    return archive


def _files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and not _LEFT_OUT & set(path.parts))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
