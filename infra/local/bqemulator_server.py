"""Start bqemulator, by the Python of its own environment, without two of its habits that a stream cannot live with.

bqemulator 1.4.0 answers REST in one thread and appends in others, all on one DuckDB connection: the first query that
meets an append blocks both for good, or gets the other's rows. And after each append it copies the whole table, for
time travel: the tenth minute of a stream takes a hundred times the first, and erased rows live on in the copies.
"""

import sys
from importlib import import_module
from threading import local


def give_each_thread_a_connection() -> None:
    """Let `DuckDBEngine.connection` be a cursor of the calling thread: a connection of its own to the same data."""
    engine = import_module("bqemulator.storage.engine").DuckDBEngine
    shared = engine.connection.fget
    own = local()

    def connection(self: object) -> object:
        if not hasattr(own, "cursor"):
            own.cursor = shared(self).cursor()
            own.cursor.execute("set TimeZone = 'UTC'")
        return own.cursor

    engine.connection = property(connection)


def keep_no_history() -> None:
    """Let `SnapshotManager.capture` copy a table only where a statement asks for a snapshot of it."""
    snapshots = import_module("bqemulator.versioning.snapshots").SnapshotManager
    capture = snapshots.capture

    def capture_if_asked(self: object, *table: str, kind: str = "AUTO") -> object:
        return None if kind == "AUTO" else capture(self, *table, kind=kind)

    snapshots.capture = capture_if_asked


def main() -> None:
    """Change the two habits, then start the emulator's command line."""
    give_each_thread_a_connection()
    keep_no_history()
    sys.exit(import_module("bqemulator.cli").main())


if __name__ == "__main__":
    main()
