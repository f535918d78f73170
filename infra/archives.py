"""What is uploaded: archives named after a hash of their content, so that only changed code is a change."""

import ast
import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
FUNCTIONS = REPOSITORY / "functions"
JOBS = REPOSITORY / "dataproc_jobs"
BUILD = REPOSITORY / ".build"

_DIGITS = 16
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold
_MODE = 0o644 << 16
_LEFT_OUT = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache"})


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
    """Return what a function is made of, by its place in the archive.

    Its own files, and of the packages beside it those modules that it imports, directly or not, with the data of the
    packages that these are in: so a change to a shared module redeploys the functions that use it, and no other.
    """
    own = _files(functions / folder)
    modules = imported(own.get("main.py", b""), functions)
    rooms = {module.parent for module in modules if module.name != "__init__.py"}
    data = (path for room in rooms for path in _data(room))
    return own | {path.relative_to(functions).as_posix(): path.read_bytes() for path in (*modules, *data)}


def imported(source: bytes, functions: Path) -> set[Path]:
    """Return the files below `functions` that a module needs, directly or not, packages' `__init__.py` included."""
    found: set[Path] = set()
    looked_up: set[str] = set()
    waiting = [source]
    while waiting:
        names = _names(waiting.pop()) - looked_up
        new = {file for name in names for file in _module_files(name, functions)} - found
        looked_up |= names
        found |= new
        waiting += [file.read_bytes() for file in new]
    return found


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
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in _paths(folder)}


def _data(room: Path) -> Iterator[Path]:
    """Yield what a package reads: the files in it and in its folders, but for those of the packages below it."""
    for path in sorted(room.iterdir()):
        if path.is_dir() and not (path / "__init__.py").exists() and path.name not in _LEFT_OUT:
            yield from _paths(path)
        elif path.is_file() and path.suffix != ".py":
            yield path


def _paths(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not _LEFT_OUT & set(path.parts)]


@cache
def _names(source: bytes) -> frozenset[str]:
    """Return what a module imports, wherever in it: modules, and what may be modules of a package."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
    return frozenset(names)


def _module_files(name: str, functions: Path) -> Iterator[Path]:
    """Yield the file of a module, and those of the packages it is in; nothing for one that is not ours."""
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        place = functions.joinpath(*parts[:length])
        for file in (place / "__init__.py", place.with_suffix(".py")):
            if file.is_file() and place != functions:
                yield file
