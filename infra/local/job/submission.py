"""One batch on this machine: its files laid out as Dataproc does, and the spark-submit that runs them."""

import shutil
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from google.cloud.dataproc_v1 import Batch

from infra.local.job.laptop import MASTER, PROPERTIES
from infra.local.machine.ports import LOOPBACK
from infra.local.machine.process import Command

_SPARK = Path(sysconfig.get_path("purelib"), "pyspark")
"""Spark as its wheel brings it; said, for a batch may choose a Python that knows no PySpark of its own."""
_DRIVER = "spark.dataproc.driverEnv."
_DATAPROCS_OWN = ("spark.dataproc.", "spark.executor.", "spark.executorEnv.", "spark.driver.cores")
"""What sizes a cluster, or is the driver's environment here: in local mode executors are the driver."""


def lay_out(batch: Batch, folder: Path) -> None:
    """Make the working folder of a batch: Python files as they are, archives unpacked under their names.

    Raises FileNotFoundError for a file that is not there.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "scratch").mkdir()
    work = batch.pyspark_batch
    for uri in (work.main_python_file_uri, *work.python_file_uris):
        shutil.copy(local_path(uri), folder)
    for uri in work.archive_uris:
        _unpack(local_path(uri), folder / (urlsplit(uri).fragment or local_path(uri).name))


def submission(batch: Batch, folder: Path) -> Command:
    """Return the spark-submit of a batch, to be run in its working folder; it becomes the driver's virtual machine."""
    work = batch.pyspark_batch
    properties = {**batch.runtime_config.properties, **PROPERTIES}
    flags = ["--master", MASTER]
    if work.jar_file_uris:
        flags += ["--jars", ",".join(str(local_path(uri)) for uri in work.jar_file_uris)]
    if work.python_file_uris:
        flags += ["--py-files", ",".join(str(folder / local_path(uri).name) for uri in work.python_file_uris)]
    for name in sorted(properties):
        if not name.startswith(_DATAPROCS_OWN):
            flags += ["--conf", f"{name}={properties[name]}"]
    main = str(folder / local_path(work.main_python_file_uri).name)
    return Command([str(_SPARK / "bin" / "spark-submit"), *flags, main, *work.args], _environment(properties, folder))


def local_path(uri: str) -> Path:
    """Return the path of a `file://` address."""
    return Path(unquote(urlsplit(uri).path))


def _environment(properties: Mapping[str, str], folder: Path) -> dict[str, str]:
    driver = {name.removeprefix(_DRIVER): text for name, text in properties.items() if name.startswith(_DRIVER)}
    scratch = folder / "scratch"
    return {
        "SPARK_HOME": str(_SPARK),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_LOCAL_DIRS": str(scratch),
        "SPARK_SUBMIT_OPTS": f"-Djava.io.tmpdir={scratch}",
        **driver,
    }


def _unpack(archive: Path, folder: Path) -> None:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as content:
            content.extractall(folder)  # noqa: S202  our own archives
        return
    with tarfile.open(archive) as content:
        content.extractall(folder, filter="data")
