"""The job's Python daemon with the workers' failpoints (`spark.python.daemon.module`), likewise."""

from pyspark.daemon import manager

from fraud_stream.python_daemon import keep_zip_directories
from tests.faults import points, removals

if __name__ == "__main__":
    points.arm(points.WORKER)
    removals.take_out(removals.WORKER)
    keep_zip_directories()
    manager()  # type: ignore[no-untyped-call]
