"""Failpoints: places between two steps of a batch at which a process kills itself, once.

They are wrapped around the job's own methods in its own processes, so the job's code knows nothing of them.
"""

import os
import signal
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

from fraud_stream.checkpoint.frontier import Frontier
from fraud_stream.sinks.alert_topic import AlertTopic
from fraud_stream.sinks.ledger import Ledger
from fraud_stream.sinks.task import SinkTask
from fraud_stream.sinks.warehouse import Warehouse
from fraud_stream.sinks.write_streams import WriteStreams

VARIABLE = "FAILPOINT_FILE"
"""Names the file that holds the armed point's name; it gets the suffix `.hit` when the point is reached."""

Method = Callable[..., Any]
Place = tuple[type, str, str]

WORKER: Mapping[str, Place] = {
    "before the alerts": (SinkTask, "_announce", "before"),
    "between Redis and Pub/Sub": (AlertTopic, "publish", "before"),
    "between alerts and dead letters": (SinkTask, "_announce", "after"),
    "between dead letters and warehouse": (SinkTask, "_store", "before"),
    "between sending rows and knowing of it": (WriteStreams, "send", "after"),
    "between two tables": (Warehouse, "append", "after"),
    "between warehouse and the end of the task": (SinkTask, "_store", "after"),
}
DRIVER: Mapping[str, Place] = {
    "between the tasks and the frontier": (Frontier, "record", "before"),
    "between frontier and ledger": (Frontier, "record", "after"),
    "between ledger and Spark's commit": (Ledger, "record", "after"),
}


def arm(places: Mapping[str, Place]) -> None:
    """Wrap every place of this process."""
    for name, (owner, method, side) in places.items():
        setattr(owner, method, _wrapped(getattr(owner, method), name, side))


def _wrapped(method: Method, name: str, side: str) -> Method:
    @wraps(method)
    def guarded(*arguments: object) -> object:
        if side == "before":
            reach(name)
        result = method(*arguments)
        if side == "after":
            reach(name)
        return result

    return guarded


def reach(name: str) -> None:
    """Kill this process if the point is armed and nobody has reached it yet."""
    file = Path(os.environ[VARIABLE])
    try:
        if file.read_text() != name:
            return
        file.rename(file.with_suffix(".hit"))
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
