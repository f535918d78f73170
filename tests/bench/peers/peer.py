"""A stream processor that does the job's work on the same events, and where it does so."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from infra.local.machine.process import Command, Launcher
from infra.local.settings import Settings


class UnavailableError(Exception):
    """A peer that this machine cannot have; the sentence says why."""


@dataclass(frozen=True)
class Ground:
    """Where a peer runs: the topic with its events, the key, and a folder of its own for what it keeps."""

    servers: str
    topic: str
    keys_file: Path
    folder: Path
    settings: Settings
    launcher: Launcher

    @property
    def results(self) -> Path:
        """Where its results go, as lines of CSV in any number of files."""
        return self._folder("results")

    @property
    def state(self) -> Path:
        """Where it may keep its state."""
        return self._folder("state")

    @property
    def log(self) -> Path:
        """What it and its preparation print."""
        return self.folder / "log"

    @property
    def environment(self) -> dict[str, str]:
        """What every peer's program is told."""
        return {
            "SERVERS": self.servers,
            "TOPIC": self.topic,
            "KEYS_FILE": str(self.keys_file),
            "RESULTS": str(self.results),
            "STATE": str(self.state),
        }

    def _folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class Peer(ABC):
    """A stream processor; its program writes `partition,offset,velocity_60s,velocity_5m,score,card` a result."""

    name: str
    """As one asks for it."""

    title: str
    """As the table calls it, with its version."""

    promises: str
    """What survives a crash, and what it does not promise that the job does."""

    @abstractmethod
    def prepare(self, ground: Ground) -> Command:
        """Make ready and return the program to run; raises UnavailableError where that is impossible."""
