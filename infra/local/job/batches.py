"""Dataproc's batches on this machine: their states, their ends, and the processes behind them.

As documented: an id is taken while its batch is kept; the same request id gives the same batch; a batch lives for its
ttl, four hours unless told, fourteen days at most, and is then ended without mercy. They are kept in files, so that
their ids stay taken after a restart.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock

from google.cloud.dataproc_v1 import Batch

from infra.local.job.folder import BatchFolder
from infra.local.job.submission import lay_out, submission
from infra.local.machine.background import in_background
from infra.local.machine.process import Child, Command, Launcher
from infra.local.machine.workspace import write_whole

DEFAULT_TTL = timedelta(hours=4)
LIVE = frozenset({Batch.State.PENDING, Batch.State.RUNNING, Batch.State.CANCELLING})
_PATIENCE_S = 4.0


class TakenError(Exception):
    """The id belongs to another batch."""


class Batches:
    """All batches of one folder; `log` takes what their programs print, `command` gives the program of a batch."""

    def __init__(
        self, folder: Path, log: Path, launcher: Launcher, command: Callable[[Batch, Path], Command] = submission
    ) -> None:
        self._folder = BatchFolder(folder)
        self._log, self._launcher, self._command = log, launcher, command
        self._changes = RLock()
        self._children: dict[str, Child] = {}
        self._requests: dict[str, str] = {}
        self._folder.clear_work()
        self._batches = {batch.name: batch for batch in _read(self._folder)}
        self._folder.tell_process(self.process_id())
        for batch in self._batches.values():
            if batch.state in LIVE:
                self._enter(batch, Batch.State.CANCELLED, "the stand-in ended before it")

    def all(self) -> list[Batch]:
        """Return every batch, newest first."""
        with self._changes:
            return sorted(self._batches.values(), key=lambda batch: batch.create_time, reverse=True)

    def get(self, name: str) -> Batch | None:
        """Return a batch."""
        return self._batches.get(name)

    def process_id(self) -> int | None:
        """Return the process id of the batch that runs, the newest if there are several."""
        running = [self._children[batch.name] for batch in self.all() if batch.name in self._children]
        return next((child.pid for child in running if child.exit_code is None), None)

    def create(self, batch: Batch, request_id: str) -> Batch:
        """Start a batch under its name, or return the one this request has made. Raises TakenError."""
        with self._changes:
            if request_id and self._requests.get(request_id) == batch.name:
                return self._batches[batch.name]
            if batch.name in self._batches:
                raise TakenError(batch.name)
            self._requests[request_id] = batch.name
            batch.create_time = datetime.now(UTC)
            self._enter(batch, Batch.State.PENDING)
        in_background(lambda: self._run(batch))
        return batch

    def cancel(self, batch: Batch, reason: str = "cancelled") -> None:
        """End a batch; it is CANCELLING until its processes are gone."""
        with self._changes:
            if batch.state not in LIVE:
                return
            self._enter(batch, Batch.State.CANCELLING, reason)
            child = self._children.get(batch.name)
        if child is not None:
            in_background(lambda: child.stop(_PATIENCE_S))

    def delete(self, batch: Batch) -> None:
        """Forget a batch that has ended."""
        with self._changes:
            del self._batches[batch.name]
            self._folder.document(_id(batch)).unlink(missing_ok=True)

    def close(self) -> None:
        """End every batch, and wait for it."""
        for batch in self.all():
            self.cancel(batch, "the stand-in is stopping")
        for child in list(self._children.values()):
            child.stop(_PATIENCE_S)
        self._folder.tell_process(self.process_id())

    def _run(self, batch: Batch) -> None:
        try:
            child = self._start(batch)
        except (OSError, ValueError) as error:
            self._enter(batch, Batch.State.FAILED, f"its files could not be laid out: {error}")
            return
        if child is not None:
            self._see_out(batch, child)

    def _start(self, batch: Batch) -> Child | None:
        folder = self._folder.work(_id(batch))
        lay_out(batch, folder)
        with self._changes:
            if batch.state is not Batch.State.PENDING:
                self._enter(batch, Batch.State.CANCELLED)
                return None
            child = self._launcher.spawn(self._command(batch, folder), self._log, folder)
            self._children[batch.name] = child
            self._folder.tell_process(self.process_id())
            self._enter(batch, Batch.State.RUNNING)
            return child

    def _see_out(self, batch: Batch, child: Child) -> None:
        ttl = batch.environment_config.execution_config.ttl or DEFAULT_TTL
        if child.wait(ttl.total_seconds()) is None:
            self.cancel(batch, "its ttl is over")
            child.wait()
        with self._changes:
            child.stop(_PATIENCE_S)  # what is left of its session
            del self._children[batch.name]
            self._folder.tell_process(self.process_id())
            shutil.rmtree(self._folder.work(_id(batch)), ignore_errors=True)
            if batch.state is Batch.State.CANCELLING:
                self._enter(batch, Batch.State.CANCELLED, batch.state_message)
            else:
                outcome = Batch.State.FAILED if child.exit_code else Batch.State.SUCCEEDED
                self._enter(batch, outcome, f"its program ended with status {child.exit_code}")

    def _enter(self, batch: Batch, state: int, message: str = "") -> None:
        with self._changes:
            batch.state, batch.state_message, batch.state_time = Batch.State(state), message, datetime.now(UTC)
            self._batches[batch.name] = batch
            write_whole(self._folder.document(_id(batch)), Batch.to_json(batch, use_integers_for_enums=False))


def _id(batch: Batch) -> str:
    return batch.name.rsplit("/", 1)[-1]


def _read(folder: BatchFolder) -> Iterator[Batch]:
    for file in folder.documents():
        yield Batch.from_json(file.read_text())
