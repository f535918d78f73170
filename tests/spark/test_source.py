import pytest
from py4j.java_gateway import JavaClass, JavaObject, JVMView
from pydantic import SecretStr
from pyspark.sql import SparkSession

from fraud_stream.settings import KafkaSettings
from fraud_stream.stages.source import as_positions
from infra.local.machine import jars
from infra.local.settings import Settings
from tests.builders import NOON
from tests.spark.history import KAFKA_COLUMNS


def test_a_value_longer_than_any_payment_stays_behind(spark: SparkSession) -> None:
    longest, too_long = b"x" * 16_384, b"x" * 16_385
    values = [b"{}", longest, too_long, b"", None]
    kafka = spark.createDataFrame([(value, "t", 3, at, NOON) for at, value in enumerate(values)], KAFKA_COLUMNS)
    kept = [(b"{}", 2), (longest, 16_384), (None, 16_385), (b"", 0), (None, 0)]
    rows = as_positions(kafka).orderBy("kafka_offset").select("value", "length", "kafka_offset", "kafka_timestamp")
    assert rows.toArrow().to_pylist() == [
        {"value": value, "length": length, "kafka_offset": at, "kafka_timestamp": NOON}
        for at, (value, length) in enumerate(kept)
    ]


@pytest.fixture(scope="module")
def classes(spark: SparkSession) -> JavaObject:
    """Load Kafka's client into Spark's JVM, once: py4j keeps a class's methods by its name."""
    [jar] = [jar for jar in jars.install("spark-kafka", Settings().cache) if jar.name.startswith("kafka-clients")]
    java: JVMView = spark.sparkContext._jvm
    return java.java.net.URLClassLoader(_array(spark, java.java.net.URL, java.java.net.URL(jar.as_uri())))


@pytest.mark.parametrize("password", ["plain", r"back\slash\\", 'quo"te', r"all\"of';it=\n", "two\nlines\r", "ünïcode"])
def test_kafkas_own_parser_reads_the_login_back(spark: SparkSession, classes: JavaObject, password: str) -> None:
    kafka = KafkaSettings(
        kafka_bootstrap_servers="kafka:9092",
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_username=f"user {password}",
        kafka_sasl_password=SecretStr(password),
    )
    read = _read_by_kafka(spark, classes, kafka.java_options()["sasl.jaas.config"])
    assert read == {"username": f"user {password}", "password": password}


def _read_by_kafka(spark: SparkSession, classes: JavaObject, login: str) -> dict[str, str]:
    """Return the options of a login as the client's own class reads them."""
    java: JVMView = spark.sparkContext._jvm
    [password, *_] = classes.loadClass("org.apache.kafka.common.config.types.Password").getConstructors()
    given = java.java.util.HashMap()
    given.put("sasl.jaas.config", password.newInstance(_array(spark, java.java.lang.Object, login)))
    context = classes.loadClass("org.apache.kafka.common.security.JaasContext")
    [load] = [method for method in context.getMethods() if method.getName() == "loadClientContext"]
    read = load.invoke(None, _array(spark, java.java.lang.Object, given))
    return dict(read.configurationEntries()[0].getOptions())


def _array(spark: SparkSession, kind: JavaClass, item: object) -> JavaObject:
    """Return a Java array of one."""
    made = spark.sparkContext._gateway.new_array(kind, 1)  # type: ignore[union-attr]
    made[0] = item
    return made
