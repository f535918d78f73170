"""One Spark session for all tests here, with the properties that the job runs with."""

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from fraud_stream.stages.dispositions import balanced_buckets
from tests.spark.history import CARD_TESTING, Replay, record
from tests.spark.session import environment


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Start Spark for all tests of the folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PII_HMAC_KEYS_FILE", raising=False)
        for name, value in environment(tmp_path_factory.mktemp("spark")).items():
            patch.setenv(name, value)
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
