"""The gate before each batch: a job that is asked to stop begins no other one, so that none is cut short."""

from threading import Event

from pyspark.sql import DataFrame

_DOZE_MS = 60_000


class Gate:
    """Open until it is closed for good; a batch that comes then waits there for the query's end, not begun."""

    def __init__(self) -> None:
        self._is_closed, self._is_waited_at = Event(), Event()

    @property
    def is_waited_at(self) -> bool:
        """Whether a batch has come after the gate was closed."""
        return self._is_waited_at.is_set()

    def close(self) -> None:
        """Let nothing through any more."""
        self._is_closed.set()

    def enter(self, batch: DataFrame) -> None:
        """Go on at once; at a closed gate, wait until the query is stopped and raise what Spark takes for a clean end.

        The wait is Java's, on the query's own thread: stopping a query interrupts that one, and no wait in Python.
        """
        while self._is_closed.is_set():
            self._is_waited_at.set()
            batch.sparkSession._jvm.java.lang.Thread.sleep(_DOZE_MS)  # type: ignore[union-attr]  # noqa: SLF001
