"""`python -m infra.teardown dev`: ends a deployment, in the order in which its parts let go of each other.

Nobody may start a batch any more, so the supervisor's clock stops first; a live batch holds the network, so batches
end next; then Pulumi destroys the rest. It can be run again after a failure. A protected stack is refused.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from infra.config import StackSettings
from infra.stack_file import read, settings_of

SUPERVISOR_JOB = "stream-supervisor"
_ALIVE = frozenset({"PENDING", "RUNNING", "CANCELLING"})
_PATIENCE_S = 900
_PAUSE_S = 10
_CALL_S = 120


class TeardownError(Exception):
    """A deployment that cannot be ended, and why."""


@dataclass(frozen=True)
class Teardown:
    """`say` tells each step before it is done."""

    settings: StackSettings
    say: Callable[[str], None] = typer.echo
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def run(self) -> None:
        """End the deployment. Raises TeardownError, with what to do."""
        if self.settings.deletion_protection:
            raise TeardownError("deletion_protection is on: set it to false, and pulumi up, before this")
        self._stop_the_clock()
        self._end_batches()
        self._destroy()

    def _stop_the_clock(self) -> None:
        jobs = self._ask("scheduler", "jobs", "list", f"--location={self.settings.region}")
        for job in jobs:
            name = str(job["name"]).rsplit("/", 1)[-1]
            if name == SUPERVISOR_JOB and job.get("state") != "PAUSED":
                self.say(f"pausing {name}: nothing starts a batch any more")
                self._ask("scheduler", "jobs", "pause", name, f"--location={self.settings.region}")

    def _end_batches(self) -> None:
        until = self.clock() + _PATIENCE_S
        asked: set[str] = set()
        while batches := list(self._live()):
            for batch in sorted(set(batches) - asked):
                self.say(f"cancelling the batch {batch}: it holds the network")
                self._ask("dataproc", "batches", "cancel", batch, f"--region={self.settings.region}", "--quiet")
                asked.add(batch)
            if self.clock() > until:
                raise TeardownError(f"{', '.join(batches)}: still alive after {_PATIENCE_S} s; run this again later")
            self.sleep(_PAUSE_S)

    def _live(self) -> Iterator[str]:
        for batch in self._ask("dataproc", "batches", "list", f"--region={self.settings.region}"):
            if batch.get("labels", {}).get("app") == "detect-fraud" and batch.get("state") in _ALIVE:
                yield str(batch["name"]).rsplit("/", 1)[-1]

    def _destroy(self) -> None:
        stack = self.settings.environment
        self.say(f"destroying {stack}: what is left afterwards are the project's APIs, and Pulumi's state")
        if subprocess.run(["pulumi", "destroy", "--yes", "--stack", stack], check=False).returncode:  # noqa: S603, S607  as the user has it
            raise TeardownError(
                "pulumi destroy did not end: where the subnet is still in use by serverless addresses, run this again "
                "in two hours, when Google has given them back"
            )

    def _ask(self, *command: str) -> Any:  # noqa: ANN401  JSON
        line: Sequence[str] = ["gcloud", *command, f"--project={self.settings.project}", "--format=json"]
        try:
            done = subprocess.run(line, stdout=subprocess.PIPE, text=True, timeout=_CALL_S, check=True)  # noqa: S603  no shell
        except (OSError, subprocess.SubprocessError) as error:
            raise TeardownError(f"gcloud {' '.join(command[:3])}: {type(error).__name__}") from None
        return json.loads(done.stdout or "[]")


def main(stack: Annotated[str, typer.Argument(help="a stack that is not protected")]) -> None:
    """End a deployment and tell each step."""
    try:
        Teardown(settings_of(read(stack))).run()
    except TeardownError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    typer.run(main)
