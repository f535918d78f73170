"""Spark's Python daemon with the stages imported before it forks workers (`spark.python.daemon.module`).

Workers start at once instead of importing for seconds each, and share those pages of memory.
"""

import gc
from zipimport import zipimporter

from pyspark.daemon import manager

import fraud_stream.sinks.task
import fraud_stream.stages.packet

__all__ = ["fraud_stream"]


def keep_zip_directories() -> None:
    """Let `importlib.invalidate_caches`, which Spark's worker calls before every task, leave archives alone.

    It would read the directories of pyspark.zip and py4j.zip again each time (0.2 s of CPU a task on
    Python 3.11), and archives do not change while a job runs.
    """
    zipimporter.invalidate_caches = _leave  # type: ignore[method-assign]


def leave_modules_to_themselves() -> None:
    """Keep what has been imported out of garbage collection: Spark's daemon collects after every task.

    That took 0.15 s of CPU a task, 87 % of the workers' time at 100 events a second; the pages stay shared, too.
    """
    gc.collect()
    gc.freeze()


def _leave(self: zipimporter) -> None:
    """Do nothing."""


if __name__ == "__main__":
    keep_zip_directories()
    leave_modules_to_themselves()
    manager()  # type: ignore[no-untyped-call]
