"""The files a deployment uploads: named without a network; packages and jars are there after `fetch`."""

import hashlib
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.archives import BUILD, FUNCTIONS, JOBS, REPOSITORY, Archive, copy, function_files, job_files, pack
from infra.local.machine import jars
from infra.local.settings import Settings
from infra.lock import locked
from infra.services import Service

PYTHON_VERSION = "3.12"
"""That of Dataproc's runtime 3.0."""

_REQUIREMENTS = JOBS / "requirements.txt"
LOCK = REPOSITORY / "requirements.txt"
_PLATFORM = "x86_64-manylinux_2_28"
_CONNECTOR = jars.LISTS / "spark-kafka.sha256"


@dataclass(frozen=True)
class JobFiles:
    """What a batch is made of: its main file, our packages, others' packages, and jars."""

    main: Archive
    packages: Archive
    dependencies: Archive
    jars: tuple[Archive, ...]

    @property
    def all(self) -> tuple[Archive, ...]:
        """Every file."""
        return (self.main, self.packages, self.dependencies, *self.jars)


@dataclass(frozen=True)
class Artifacts:
    """The archive of each service to deploy, and the job's files."""

    functions: dict[Service, Archive]
    job: JobFiles


def prepare(services: Iterable[Service], build: Path = BUILD, tree: Path = REPOSITORY) -> Artifacts:
    """Write the archives of the code in a source tree, and name what else belongs to them."""
    functions = {service: _function(service, build, tree) for service in services}
    return Artifacts(functions, _job(build, tree / JOBS.name, tree / FUNCTIONS.name))


def _function(service: Service, build: Path, tree: Path) -> Archive:
    files = function_files(service.folder, tree / FUNCTIONS.name)
    requirements = locked(files["requirements.txt"].decode(), (tree / LOCK.name).read_text()).encode()
    return pack(f"functions/{service.folder}", files | {"requirements.txt": requirements}, build)


def _job(build: Path, jobs: Path, functions: Path) -> JobFiles:
    pinned = hashlib.sha256(f"{PYTHON_VERSION} {_PLATFORM} ".encode() + _REQUIREMENTS.read_bytes()).hexdigest()[:16]
    dependencies = f"dataproc/dependencies-{pinned}.tar.gz"
    return JobFiles(
        main=copy("dataproc/detect_fraud", jobs / "detect_fraud.py", build),
        packages=pack("dataproc/fraud_stream", job_files(jobs, functions), build),
        dependencies=Archive(dependencies, build / dependencies),
        jars=tuple(Archive(f"dataproc/jars/{jar.name}", _jar(jar)) for jar in jars.read_list(_CONNECTOR)),
    )


def _jar(jar: jars.Jar) -> Path:
    return Settings().cache / "jars" / jar.name


def fetch(job: JobFiles, python_version: str = PYTHON_VERSION) -> None:
    """Fetch the pinned jars and packages that are not there yet.

    Raises DownloadError for a jar, subprocess.CalledProcessError for packages.
    """
    jars.install("spark-kafka", Settings().cache)
    if not job.dependencies.path.exists():
        with TemporaryDirectory() as scratch:
            install(Path(scratch), python_version)
            _tar(Path(scratch), job.dependencies.path)


def install(target: Path, python_version: str) -> None:
    """Install the job's pinned packages, as wheels for Dataproc's platform, into a folder."""
    where = ["--target", str(target), "--python-version", python_version, "--python-platform", _PLATFORM]
    wheels = ["--only-binary", ":all:", "--no-deps", "--require-hashes", "--requirement", str(_REQUIREMENTS)]
    subprocess.run([sys.executable, "-m", "uv", "pip", "install", "--quiet", *where, *wheels], check=True)  # noqa: S603


def _tar(folder: Path, target: Path) -> None:
    fresh = target.with_suffix(".fresh")
    with tarfile.open(fresh, "w:gz") as archive:
        archive.add(folder, ".")
    fresh.replace(target)
