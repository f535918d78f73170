"""A local Spark session with the properties that the job runs with."""

import os
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from tests.builders import KEYS

PROPERTIES = Path(__file__).parents[2] / "dataproc_jobs" / "spark.properties"

SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Half the CPU of a JVM that ends before its optimisations pay."""


def environment(scratch: Path, *options: str, master: str = "local[2]") -> dict[str, str]:
    """Return what starts Spark as spark-submit would: the HMAC key is what its Python workers get, nowhere else."""
    arguments = (
        f"--master {master} --properties-file {PROPERTIES} --conf spark.local.dir={scratch} "
        f"--conf spark.sql.warehouse.dir={scratch}/warehouse --conf spark.ui.showConsoleProgress=false "
        f'{" ".join(options)} --driver-java-options "{SHORT_LIVED}" pyspark-shell'
    )
    return {
        "PII_HMAC_KEYS": KEYS,
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_SUBMIT_ARGS": arguments,
    }


def local_session(name: str, scratch: Path, *options: str, master: str = "local[2]") -> SparkSession:
    """Start Spark in this process, for good."""
    os.environ.update(environment(scratch, *options, master=master))
    return SparkSession.builder.appName(name).getOrCreate()
