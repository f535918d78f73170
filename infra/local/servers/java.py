"""Servers on the Java virtual machine, started from an archive of their loaded classes (AppCDS)."""

import hashlib
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from infra.local.machine.cache import exclusive
from infra.local.machine.prerequisites import find_java, java_version
from infra.local.machine.process import Command, Launcher
from infra.local.machine.workspace import Workspace
from infra.local.servers.component import Component, await_ready


@dataclass(frozen=True, slots=True)
class Program:
    """A main class with its class path and the options of its virtual machine."""

    main: str
    classpath: Sequence[Path]
    options: Sequence[str]


class JavaComponent(Component):
    """A component whose program runs on Java.

    The first start on a machine runs the server once in a scratch workspace to record the classes it loads; with the
    archive it is ready in about half the time.
    """

    def require(self) -> None:
        """Raise MissingPrerequisiteError without Java."""
        find_java(self.settings)

    @abstractmethod
    def program(self) -> Program:
        """Return what to run."""

    @abstractmethod
    def arguments(self) -> list[str]:
        """Return the program's own arguments."""

    def lay_out(self, launcher: Launcher) -> None:
        """Write the files a start needs, in this component's workspace."""

    def prepare(self, launcher: Launcher) -> None:
        """Lay out the files, and record the class archive if this machine has none yet."""
        self.lay_out(launcher)
        archive = self._archive()
        if not archive.exists():
            with exclusive(archive.with_suffix(".lock")):
                if not archive.exists():
                    self._record(archive, launcher)

    def command(self, environment: Mapping[str, str]) -> Command:
        """Return the Java command that starts from the archive."""
        del environment
        archive = self._archive()
        recorded = archive.exists() and archive.stat().st_size > 0
        return self.java(f"-XX:SharedArchiveFile={archive}" if recorded else "-Xshare:auto")

    def java(self, sharing: str) -> Command:
        """Return the Java command with an option that says how classes are shared."""
        program = self.program()
        classpath = ":".join(map(str, program.classpath))
        java = str(find_java(self.settings))
        return Command([java, sharing, *program.options, "-cp", classpath, program.main, *self.arguments()])

    def _archive(self) -> Path:
        program = self.program()
        files = [(str(jar), jar.stat().st_size, jar.stat().st_mtime_ns) for jar in program.classpath]
        key = repr((java_version(find_java(self.settings)), files, program.options))
        return self.settings.cache / "classes" / f"{self.name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.jsa"

    def _record(self, archive: Path, launcher: Launcher) -> None:
        with TemporaryDirectory(dir=archive.parent) as scratch:
            fresh = Path(scratch, archive.name)
            twin = type(self)(Workspace(Path(scratch)), self.settings)
            twin.lay_out(launcher)
            command = twin.java(f"-XX:ArchiveClassesAtExit={fresh}")
            child = launcher.spawn(command, twin.workspace.log(twin.name), twin.workspace.data(twin.name))
            await_ready(twin, child, Event())
            child.stop(patience=60)
            fresh.touch()  # empty, where this Java cannot record: start without rather than try each time
            fresh.replace(archive)
