"""Start bqemulator, by the Python of its own environment, without four of its habits that cost too much.

bqemulator 1.4.0 answers REST in one thread and appends in others, all on one DuckDB connection: the first query that
meets an append blocks both for good, or gets the other's rows. And after each append it copies the whole table, for
time travel: the tenth minute of a stream takes a hundred times the first, and erased rows live on in the copies. And it
parses a statement anew for each of a dozen questions about it, which is most of the time that the statement takes. And
each append connection that is open takes one of six threads: the seventh waits until another is closed.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from importlib import import_module
from threading import local
from typing import Any

PARSED = 64
"""Texts whose trees are remembered; a statement becomes a few, one after another."""

OPEN_CALLS = 1_000
"""gRPC calls under way at once, append connections among them."""


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


def parse_once() -> None:
    """Let `Dialect.parse` parse a text once, and hand out copies, since whoever asks may change the tree."""
    dialect = import_module("sqlglot.dialects.dialect").Dialect
    parse = dialect.parse

    @lru_cache(PARSED)
    def parsed(asked: Any, sql: str, options: tuple[tuple[str, Any], ...]) -> list[Any]:  # noqa: ANN401  sqlglot's own
        return list(parse(asked, sql, **dict(options)))

    def copied(self: object, sql: str, **options: object) -> list[Any]:
        trees = parsed(self, sql, tuple(sorted(options.items())))
        return [tree and tree.copy() for tree in trees]

    dialect.parse = copied


def let_connections_stay_open() -> None:
    """Let `grpc.aio.server` have a thread for each call that stays open, started as it is needed."""
    aio: Any = import_module("grpc.aio")
    aio.server = partial(aio.server, migration_thread_pool=ThreadPoolExecutor(OPEN_CALLS, "grpc"))


def main() -> None:
    """Change the four habits, then start the emulator's command line."""
    give_each_thread_a_connection()
    keep_no_history()
    parse_once()
    let_connections_stay_open()
    sys.exit(import_module("bqemulator.cli").main())


if __name__ == "__main__":
    main()
