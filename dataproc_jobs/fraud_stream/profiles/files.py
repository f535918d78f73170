"""The files of profiles, as tasks read them: mapped where they stand, or from a copy on the executor's disk."""

import os
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from tempfile import gettempdir

import pyarrow as pa
from pyarrow import fs

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.profiles import FILES, Version
from fraud_stream.profiles.profiles import Profiles, decoded


@lru_cache(maxsize=1)
def read_profiles(location: str, versions: tuple[Version, ...]) -> tuple[Profiles, ...]:
    """Return the profiles of a batch, mapped into memory that this machine's processes share."""
    home = Checkpoint.at(location)
    folder = Path(home.path) if isinstance(home.files, fs.LocalFileSystem) else _copied(home, location, versions)
    return tuple(_mapped(folder / one.name, one.as_of) for one in versions)


def _mapped(path: Path, as_of: int) -> Profiles:
    with pa.memory_map(str(path)) as content:
        return decoded(as_of, content)


def _copied(home: Checkpoint, location: str, versions: Sequence[Version]) -> Path:
    """Return a folder on the executor's disk with copies of these files and no others; it goes with the executor."""
    disk = os.environ.get("SPARK_LOCAL_DIRS", gettempdir()).split(",")[0]
    folder = Path(disk, f"profiles-{blake2b(location.encode(), digest_size=8).hexdigest()}")
    wanted = {folder / one.name: one for one in versions}
    for path, version in wanted.items():
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            hidden = path.with_name(f"{path.name}.{os.getpid()}.tmp")
            hidden.write_bytes(home.read(version.name) or b"")
            hidden.replace(path)
    for path in folder.glob(f"{FILES}/*.arrow"):
        if path not in wanted:
            path.unlink(missing_ok=True)
    return folder
