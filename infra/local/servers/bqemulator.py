"""The BigQuery emulator's own Python environment, made once for a machine from `bqemulator.txt`."""

import hashlib
import shutil
import sys
import sysconfig
from pathlib import Path

from infra.local.machine.cache import exclusive
from infra.local.machine.process import Command, Launcher

REQUIREMENTS = Path(__file__).with_name("bqemulator.txt")
SERVER = Path(__file__).with_name("bqemulator_server.py")
"""The program to run with the environment's Python."""

# DuckDB looks for extensions below the home folder, and would fetch this one from a server of its own.
_PLACE_EXTENSION = """
import duckdb, pathlib, shutil, sys
import duckdb_extension_spatial as wheel
version, = duckdb.sql("select library_version from pragma_version()").fetchone()
platform, = duckdb.sql("pragma platform").fetchone()
folder = pathlib.Path(sys.argv[1], ".duckdb", "extensions", version, platform)
folder.mkdir(parents=True)
shutil.copy(pathlib.Path(wheel.__file__).parent / "extensions" / version / "spatial.duckdb_extension", folder)
"""


def environment_folder(cache: Path) -> Path:
    """Return the environment's folder, a new one for other requirements or another Python."""
    key = REQUIREMENTS.read_bytes() + sys.version.encode()
    return cache / "bqemulator" / hashlib.sha256(key).hexdigest()[:16]


def install(cache: Path, launcher: Launcher, log: Path) -> Path:
    """Return the folder of the environment, made first if need be; raises ComponentError if that fails."""
    folder = environment_folder(cache)
    complete = folder / "complete"
    with exclusive(folder.with_suffix(".lock")):
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder, launcher, log)
            complete.touch()
    return folder


def home(folder: Path) -> Path:
    """Return the home folder the emulator is to run with."""
    return folder / "home"


def _make(folder: Path, launcher: Launcher, log: Path) -> None:
    uv, python = Path(sysconfig.get_path("scripts"), "uv"), folder / "bin" / "python"
    sync = ["pip", "sync", "--require-hashes", "--compile-bytecode", "--python", python, REQUIREMENTS]
    for arguments in (
        [uv, "venv", "--python", sys.executable, folder],
        [uv, *sync],
        [python, "-c", _PLACE_EXTENSION, home(folder)],
    ):
        launcher.run(Command([str(argument) for argument in arguments]), log)
