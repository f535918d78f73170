"""The job's Python daemon with the workers' failpoints (`spark.python.daemon.module`)."""

from pyspark.daemon import manager

from fraud_stream.python_daemon import keep_zip_directories
from tests.faults.points import WORKER, arm

if __name__ == "__main__":
    arm(WORKER)
    keep_zip_directories()
    manager()  # type: ignore[no-untyped-call]
