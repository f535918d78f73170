"""Keeps a running stack whole: what ends by itself is started again, at its address and with its data."""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from threading import Event
from time import monotonic

from infra.local.errors import StackError
from infra.local.machine.background import in_background
from infra.local.stack.backoff import Backoff
from infra.local.stack.local_stack import LocalStack

_LOOK_EVERY_S = 0.3


class Supervisor:
    """Watches one stack; `report` is told in a sentence what happened."""

    def __init__(self, stack: LocalStack, report: Callable[[str], None]) -> None:
        self._stack = stack
        self._report = report
        self._backoffs: defaultdict[str, Backoff] = defaultdict(Backoff)
        self._in_repair: set[str] = set()

    def watch(self, stopped: Event) -> None:
        """Repair whatever ends, and keep the list of processes, until `stopped` is set."""
        while not stopped.wait(_LOOK_EVERY_S):
            self._stack.tell_pids()
            for name in self._stack.ended():
                if name not in self._in_repair:
                    self._in_repair.add(name)
                    in_background(partial(self._repair, name, stopped))

    def _repair(self, name: str, stopped: Event) -> None:
        delay = self._backoffs[name].delay(monotonic())
        self._report(f"{name} has ended; it is started again in {delay:.0f} s.")
        try:
            if not stopped.wait(delay):
                self._stack.restart(name)
                self._report(f"{name} is back.")
        except (StackError, OSError) as error:
            self._report(str(error))
        finally:
            self._in_repair.discard(name)
