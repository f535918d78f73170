"""The batch of the streaming job in the words of Dataproc's API: what laptop and cloud share of its description."""

from collections.abc import Callable, Mapping

from infra.archives import JOBS, Archive
from infra.artifacts import JobFiles

_PACKAGES = "dependencies"
"""Where the archive of packages is unpacked, below each process's working folder."""


def pyspark_batch(files: JobFiles, address: Callable[[Archive], str]) -> dict[str, object]:
    """Return what is run; `address` tells where a file lies."""
    return {
        "main_python_file_uri": address(files.main),
        "python_file_uris": [address(files.packages)],
        "archive_uris": [f"{address(files.dependencies)}#{_PACKAGES}"],
        "jar_file_uris": [address(jar) for jar in files.jars],
    }


def environment_properties(files: JobFiles, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the properties that give the driver and the executors these variables, and the way to their packages.

    The process that Python workers are forked from starts before Spark shows it `python_file_uris`, which lie in the
    working folder by then: so they are named, too.
    """
    variables = {**environment, "PYTHONPATH": f"./{_PACKAGES}:./{files.packages.path.name}"}
    return {
        **{f"spark.dataproc.driverEnv.{name}": text for name, text in variables.items()},
        **{f"spark.executorEnv.{name}": text for name, text in variables.items()},
    }


def spark_properties() -> dict[str, str]:
    """Return the job's Spark properties, which laptop and Dataproc share."""
    lines = (JOBS / "spark.properties").read_text().splitlines()
    pairs = (line.split(None, 1) for line in lines if line.strip() and not line.startswith("#"))
    return {name: text.strip() for name, text in pairs}
