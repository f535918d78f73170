"""Bytewax: Python on Timely Dataflow, state in memory, snapshots to SQLite."""

from infra.local.machine.process import Command
from tests.bench.peers.environment import program
from tests.bench.peers.peer import Ground, Peer


class Bytewax(Peer):
    """One worker, as its state lives in one interpreter; recovery on, a snapshot every ten seconds."""

    name = "bytewax"
    title = "Bytewax 0.21.1"
    promises = "snapshots every 10 s; ids compared within a sender, not let go while a sender is silent"

    def prepare(self, ground: Ground) -> Command:
        """Lay out the recovery partitions, and return the flow."""
        recovery = str(ground.state)
        ground.launcher.run(program(self.name, ground, "-m", "bytewax.recovery", recovery, "1"), ground.log)
        flow = "tests.bench.peers.programs.bytewax_flow"
        return program(self.name, ground, "-m", "bytewax.run", flow, "-r", recovery, "-s", "10", "-b", "0")
