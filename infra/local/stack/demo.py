"""`make demo`: an empty stack, a minute of traffic with attacks in it, the proof, and what came of it on one screen."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from rich.console import Console

from infra.local.errors import StackError
from infra.local.machine.process import BYTECODE
from infra.local.machine.workspace import REPOSITORY, Workspace
from infra.local.stack import lifecycle
from infra.local.stack.endpoints import read_environment
from infra.local.view import terminal
from infra.local.view.figures import Reader
from infra.local.view.outcome import outcome

TRAFFIC_S = 60
_SEED = ("--seed", "7")
_PACED = ("--authorize", "--duration", str(TRAFFIC_S), *_SEED)
LIVE = {
    "ordinary payments with faults": (
        *("--rate", "50", "--duplicates", "0.02", "--late", "0.005", "--malformed", "0.005"),
        *_PACED,
    ),
    "card testing": ("--scenario", "card-testing", "--background", "0", *_PACED),
}
"""What is sent at the same time as it happens, by its name: the simulator's options."""

PAST = {"account takeover": timedelta(minutes=5), "distributed testing": timedelta(minutes=15)}
"""Attacks that take longer than the demo: how long before they began; they are sent at once."""
_PROOF_LIMIT_S = 120


@dataclass(frozen=True)
class Demo:
    """The demo on the stack of a workspace, which stays up afterwards."""

    workspace: Workspace
    console: Console

    def run(self) -> bool:
        """Run it all, and tell whether everything was proved. Raises StackError."""
        if lifecycle.running(self.workspace) or self.workspace.checkpoint.exists():
            raise StackError("The demo begins on an empty stack, and one has run here: `make clean` removes its data.")
        self._say("Starting the stack and the job.")
        if not lifecycle.up(self.workspace, [], lambda _line: None):
            raise StackError(f"The stack has not started: {self.workspace.log('stack')} says why.")
        environment = read_environment(self.workspace)
        self._say(f"Sending for {TRAFFIC_S} s: {', '.join([*LIVE, *PAST])}.")
        self._send(environment)
        self._say("Proving that every position is accounted for.")
        proof = self._proof(environment)
        self.console.print(outcome(Reader(environment).demo(), environment, proof))
        return proof is None

    def _send(self, environment: Mapping[str, str]) -> None:
        log = self.workspace.log("demo").open("ab")
        with log:
            sent = LIVE | {name: _at_once(name, datetime.now(UTC) - age) for name, age in PAST.items()}
            senders = {name: self._program(["simulator", *options], environment, log) for name, options in sent.items()}
            ended = {name: sender.wait() for name, sender in senders.items()}
        if any(ended.values()):
            failed = ", ".join(name for name, status in ended.items() if status)
            raise StackError(f"Not everything was sent ({failed}): {self.workspace.log('demo')} says why.")

    def _proof(self, environment: Mapping[str, str]) -> str | None:
        """Return None where everything is proved, else what the proof said."""
        checkpoint = {"CHECKPOINT_LOCATION": str(self.workspace.checkpoint)}
        proof = self._program(["reconciliation"], {**environment, **checkpoint}, subprocess.PIPE)
        told, _ = proof.communicate(timeout=_PROOF_LIMIT_S)
        return told.decode() if proof.returncode else None

    def _program(
        self, arguments: list[str], environment: Mapping[str, str], output: IO[bytes] | int
    ) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", *arguments],
            cwd=REPOSITORY,
            env={**os.environ, **BYTECODE, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def _say(self, sentence: str) -> None:
        self.console.print(sentence, soft_wrap=True, markup=False)


def _at_once(name: str, start: datetime) -> tuple[str, ...]:
    scenario = name.replace(" ", "-")
    return (
        "--scenario",
        scenario,
        "--background",
        "0",
        "--no-pace",
        "--start",
        start.isoformat(),
        "--duration",
        "60",
        *_SEED,
    )


if __name__ == "__main__":
    try:
        sys.exit(0 if Demo(Workspace(Path(sys.argv[1])), terminal.console()).run() else 1)
    except StackError as error:
        sys.exit(str(error))
