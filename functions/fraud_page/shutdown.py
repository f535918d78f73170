"""Hears that the process is to end: open event streams would otherwise hold it up until it is killed."""

import asyncio
import signal
from collections.abc import Callable
from types import FrameType


def on_shutdown(act: Callable[[], None]) -> None:
    """Call `act` in the running event loop at SIGTERM, before whatever already handles that signal."""
    loop = asyncio.get_running_loop()
    server = signal.getsignal(signal.SIGTERM)

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)
        if callable(server):
            server(number, frame)

    signal.signal(signal.SIGTERM, handle)
