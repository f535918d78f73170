"""Resolve the jars anew and pin them: `python -m infra.local.machine.jarlock`.

Ivy, which pyspark carries, resolves the dependencies; only the pins are kept, so that an installation needs neither
Ivy nor a resolution (a minute) but fetches the files it lacks side by side (seconds).
"""

import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.local.machine.jars import LISTS, sha256
from infra.local.machine.prerequisites import find_java
from infra.local.machine.process import Command, Launcher
from infra.local.settings import Settings


@dataclass(frozen=True, slots=True)
class Group:
    """Jars that go on one class path: what they are resolved from, and which of the result are kept."""

    name: str
    roots: tuple[tuple[str, str, str], ...]
    kept: str = ".*"


GROUPS = (
    Group(
        "kafka",
        (("org.apache.kafka", "kafka_2.13", "4.1.1"), ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.24.3")),
    ),
    # The rest of the connector's dependencies is already among pyspark's jars.
    Group(
        "spark-kafka",
        (("org.apache.spark", "spark-sql-kafka-0-10_2.13", "4.0.0"),),
        r"(spark-sql-kafka|spark-token-provider-kafka|kafka-clients|commons-pool2)-.*",
    ),
)


def main() -> None:
    """Write the list of every group."""
    pin(GROUPS, LISTS)


def pin(groups: Iterable[Group], folder: Path) -> None:
    """Resolve each group anew, and write its list to a folder."""
    for group in groups:
        with TemporaryDirectory() as scratch:
            for root in group.roots:
                _resolve(root, Path(scratch))
            _write(group, Path(scratch, "repository"), folder)


def _resolve(root: tuple[str, str, str], scratch: Path) -> None:
    pattern = f"{scratch}/repository/[organisation]/[artifact]/[revision]/[artifact]-[revision].[ext]"
    ivy = ["-jar", str(_ivy()), "-cache", f"{scratch}/cache", "-confs", "default", "-retrieve", pattern]
    command = Command([str(find_java(Settings())), *ivy, "-dependency", *root])
    with closing(Launcher()) as launcher:
        launcher.run(command, scratch / "ivy.log")


def _ivy() -> Path:
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pyspark")
    return next(Path(spec.origin).parent.glob("jars/ivy-*.jar"))


def _write(group: Group, repository: Path, folder: Path) -> None:
    lines = [f"{sha256(jar)}  {_maven_path(jar, repository)}\n" for jar in _kept(group, repository.rglob("*.jar"))]
    (folder / f"{group.name}.sha256").write_text("".join(lines))


def _kept(group: Group, jars: Iterable[Path]) -> list[Path]:
    return sorted((jar for jar in jars if re.fullmatch(group.kept, jar.name)), key=lambda jar: jar.name)


def _maven_path(jar: Path, repository: Path) -> str:
    organisation, *rest = jar.relative_to(repository).parts
    return "/".join([organisation.replace(".", "/"), *rest])


if __name__ == "__main__":
    main()
