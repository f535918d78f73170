"""What the peers written in Java share: their jars, pinned; their classes, compiled once; the product's definitions."""

import hashlib
import zipfile
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import msgspec

from fraud.payments.money import MINOR_DIGITS
from fraud.payments.rates import default_rates
from fraud.scoring.velocity import CRITICAL_VELOCITY, MAX_NORMAL_VELOCITY
from infra.local.errors import ComponentError, DownloadError, MissingPrerequisiteError
from infra.local.machine import jars
from infra.local.machine.cache import exclusive
from infra.local.machine.prerequisites import find_java
from infra.local.machine.process import Command
from tests.bench.peers.peer import Ground, UnavailableError
from tests.bench.score import ScoreRules

JARS = Path(__file__).with_name("jars")
_SOURCES = Path(__file__).with_name("java")
MANY_DEVICES = 3


def java(ground: Ground) -> Path:
    """Return the Java runtime; raises UnavailableError without one."""
    try:
        return find_java(ground.settings)
    except MissingPrerequisiteError as error:
        raise UnavailableError(str(error)) from error


def provide_jars(group: str, ground: Ground) -> tuple[Path, ...]:
    """Return the jars of `jars/<group>.sha256`; raises UnavailableError if one cannot be fetched."""
    try:
        return jars.provide(JARS / f"{group}.sha256", ground.settings.cache)
    except DownloadError as error:
        raise UnavailableError(str(error)) from error


def archive(room: str, classpath: tuple[Path, ...], ground: Ground) -> Path:
    """Return a jar of the classes in `java/peers` and its `room`, compiled first if need be.

    Raises UnavailableError without a compiler.
    """
    sources = sorted([*_SOURCES.glob("peers/*.java"), *_SOURCES.glob(f"peers/{room}/*.java")])
    key = hashlib.sha256(b"".join(map(Path.read_bytes, sources)) + repr([jar.name for jar in classpath]).encode())
    target = ground.settings.cache / "peers" / "java" / f"{room}-{key.hexdigest()[:16]}.jar"
    with exclusive(target.with_suffix(".lock")):
        if not target.exists():
            with TemporaryDirectory(dir=target.parent) as scratch:
                _compile(sources, classpath, Path(scratch), ground)
                _pack(Path(scratch), target)
    return target


def write_rules(ground: Ground) -> Path:
    """Write the product's definitions to a file, and return it."""
    file = ground.folder / "rules.json"
    rules = {
        "minor_digits": dict(MINOR_DIGITS),
        "usd": {code: str(rate) for code, rate in default_rates().items()},
        "score": ScoreRules().model_dump(),
        "critical_velocity": CRITICAL_VELOCITY,
        "max_normal_velocity": MAX_NORMAL_VELOCITY,
        "many_devices": MANY_DEVICES,
    }
    file.write_bytes(msgspec.json.encode(rules))
    return file


def _compile(sources: list[Path], classpath: tuple[Path, ...], target: Path, ground: Ground) -> None:
    compiler = java(ground).with_name("javac")
    found = str(compiler) if compiler.exists() else which("javac")
    if found is None:
        raise UnavailableError("there is no javac on this machine: a Java development kit has one.")
    options = ["-proc:none", "-d", str(target), "-cp", ":".join(map(str, classpath))]
    try:
        ground.launcher.run(Command([found, *options, *map(str, sources)]), ground.log)
    except ComponentError as error:
        raise UnavailableError(f"its program does not compile: {error}") from error


def _pack(classes: Path, target: Path) -> None:
    fresh = target.with_suffix(".fresh")
    with zipfile.ZipFile(fresh, "w") as packed:
        for file in sorted(classes.rglob("*.class")):
            packed.write(file, str(file.relative_to(classes)))
    fresh.replace(target)
