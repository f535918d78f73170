"""Work in daemon threads: a process that must end does not wait for them, as it would for an executor's."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread


def in_background(work: Callable[[], None]) -> Future[None]:
    """Start `work` in a thread of its own; the future carries its end or its exception."""
    future: Future[None] = Future()
    Thread(target=_run, args=(work, future), daemon=True).start()
    return future


def _run(work: Callable[[], None], future: Future[None]) -> None:
    try:
        work()
    except BaseException as error:  # noqa: BLE001 - raised again where the future is read
        future.set_exception(error)
    else:
        future.set_result(None)
