"""Quix Streams: Python, state in RocksDB, changelog topics."""

from infra.local.machine.process import Command
from tests.bench.peers.environment import program
from tests.bench.peers.peer import Ground, Peer


class Quix(Peer):
    """One process with the defaults: at least once, a commit every five seconds."""

    name = "quix"
    title = "Quix Streams 3.28.1"
    promises = "at least once; ids compared within a sender, not let go while a sender is silent"

    def prepare(self, ground: Ground) -> Command:
        """Return the application."""
        return program(self.name, ground, "-m", "tests.bench.peers.programs.quix_app")
