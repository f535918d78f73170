"""A stack that lives and dies with the calling process."""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from pydantic import ValidationError

from infra.local.errors import StackError
from infra.local.machine.workspace import Workspace
from infra.local.settings import variable
from infra.local.stack.claim import claimed
from infra.local.stack.local_stack import LocalStack

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def hosted(root: Path, components: Iterable[str], on_ready: Callable[[str, float], None]) -> Iterator[LocalStack]:
    """Claim the workspace, start the components and stop them at the end.

    Inside, every signal that ends a program raises KeyboardInterrupt. Raises StackError, or pydantic's
    ValidationError for a bad setting.
    """
    with claimed(Workspace(root)):
        stack = LocalStack(root, components, on_ready=on_ready)
        try:
            with interruptible():
                stack.start()
                yield stack
        finally:
            stack.stop()


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt inside on a signal that ends a program; afterwards such signals change nothing."""
    for ending in _ENDINGS:
        signal.signal(ending, _interrupt)
    try:
        yield
    finally:
        for ending in _ENDINGS:
            signal.signal(ending, signal.SIG_IGN)


def sentence(error: StackError | ValidationError) -> str:
    """Return what a person is to put right."""
    if isinstance(error, StackError):
        return str(error)
    return "; ".join(f"{variable(str(problem['loc'][0]))}: {problem['msg']}" for problem in error.errors())


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
