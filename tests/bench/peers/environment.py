"""A Python environment of a peer's own, made once for a machine from a lock with hashes."""

import hashlib
import shutil
import sys
import sysconfig
from pathlib import Path

from infra.local.errors import ComponentError
from infra.local.machine.cache import exclusive
from infra.local.machine.process import Command
from infra.local.machine.workspace import REPOSITORY
from tests.bench.peers.peer import Ground, UnavailableError

_LOCKS = Path(__file__).with_name("requirements")
_SOURCES = f"{REPOSITORY}:{REPOSITORY / 'functions'}"


def python(name: str, ground: Ground) -> Path:
    """Return the interpreter of the environment of `requirements/<name>.txt`, made first if need be.

    Raises UnavailableError if it cannot be made.
    """
    lock = _LOCKS / f"{name}.txt"
    key = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = ground.settings.cache / "peers" / name / key
    complete = folder / "complete"
    with exclusive(folder.with_suffix(".lock")):
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder, lock, ground)
            complete.touch()
    return folder / "bin" / "python"


def program(name: str, ground: Ground, *arguments: str, **variables: str) -> Command:
    """Return a command of a peer's own Python that finds the repository's modules."""
    environment = ground.environment | variables | {"PYTHONPATH": _SOURCES}
    return Command([str(python(name, ground)), *arguments], environment)


def _make(folder: Path, lock: Path, ground: Ground) -> None:
    uv = str(Path(sysconfig.get_path("scripts"), "uv"))
    sync = [uv, "pip", "sync", "--require-hashes", "--compile-bytecode", "--python", str(folder / "bin" / "python")]
    try:
        ground.launcher.run(Command([uv, "venv", "--python", sys.executable, str(folder)]), ground.log)
        ground.launcher.run(Command([*sync, str(lock)]), ground.log)
    except ComponentError as error:
        raise UnavailableError(f"its environment cannot be made from {lock.name}: {error}") from error
