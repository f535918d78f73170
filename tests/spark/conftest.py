"""One Spark session for all tests here, with the properties that the job runs with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from fraud_stream.stages.dispositions import balanced_buckets
from tests.builders import KEYS
from tests.spark.history import CARD_TESTING, Replay, record
from tests.spark.session import environment


@pytest.fixture(scope="session")
def keys_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The HMAC keys, in a file that Python workers read again once it has changed."""
    file = tmp_path_factory.mktemp("keys") / "keys.json"
    file.write_text(KEYS)
    return file


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory, keys_file: Path) -> Iterator[SparkSession]:
    """Start Spark for all tests of the folder."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(tmp_path_factory.mktemp("spark")).items():
            patch.setenv(name, value)
        patch.delenv("PII_HMAC_KEYS")
        patch.setenv("PII_HMAC_KEYS_FILE", str(keys_file))
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


@pytest.fixture(scope="session")
def card_testing_whole(spark: SparkSession, buckets: list[int], tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """Return the same example, of which one task took each batch whole."""
    folder = tmp_path_factory.mktemp("card-testing-whole")
    replay = Replay(spark, buckets, record(folder / "history", CARD_TESTING), folder / "checkpoint", whole=True)
    replay.run()
    return replay
