"""One Spark session for all tests here, with the properties that the job runs with."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from fraud_stream.dispositions import balanced_buckets
from tests.builders import KEYS
from tests.spark.history import CARD_TESTING, Replay, record

PROPERTIES = Path(__file__).parents[2] / "dataproc_jobs" / "spark.properties"

SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Half the CPU of a JVM that ends before its optimisations pay."""


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Start Spark as spark-submit would: the HMAC key is in the environment its Python workers get, nowhere else."""
    scratch = tmp_path_factory.mktemp("spark")
    arguments = (
        f"--master local[2] --properties-file {PROPERTIES} --conf spark.local.dir={scratch} "
        f"--conf spark.sql.warehouse.dir={scratch}/warehouse --conf spark.ui.showConsoleProgress=false "
        f'--driver-java-options "{SHORT_LIVED}" pyspark-shell'
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PII_HMAC_KEYS", KEYS)
        environment.delenv("PII_HMAC_KEYS_FILE", raising=False)
        environment.setenv("PYSPARK_PYTHON", sys.executable)
        environment.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        environment.setenv("PYSPARK_SUBMIT_ARGS", arguments)
        session = SparkSession.builder.appName("tests").getOrCreate()
        yield session
        session.stop()


@pytest.fixture(scope="session")
def buckets(spark: SparkSession) -> list[int]:
    """Return the group keys of as many buckets as there are shuffle partitions."""
    return balanced_buckets(spark, int(str(spark.conf.get("spark.sql.shuffle.partitions"))))


@pytest.fixture(scope="session")
def card_testing(spark: SparkSession, buckets: list[int], tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """Return the seeds' first example, processed without interruption."""
    folder = tmp_path_factory.mktemp("card-testing")
    replay = Replay(spark, buckets, record(folder / "history", CARD_TESTING), folder / "checkpoint")
    replay.run()
    return replay
