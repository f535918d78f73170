import re
import tomllib

import pytest

from infra.local.machine.jarlock import GROUPS
from infra.local.servers.bqemulator import REQUIREMENTS
from tests.unit.docs.pages import read, rows, section

PAGE = read("docs/dependencies.md")
PROJECT = tomllib.loads(read("pyproject.toml"))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", requirement)[0] for requirement in requirements}


def downloads() -> set[str]:
    pins = [line for line in REQUIREMENTS.with_suffix(".in").read_text().splitlines() if not line.startswith("#")]
    jars = {f"{organisation}:{artifact}" for group in GROUPS for organisation, artifact, _ in group.roots}
    sources = (read(f"infra/local/servers/{name}.py") for name in ("pubsub", "firestore"))
    emulators = set(re.findall(r'find_emulator\("([\w-]+)"', "".join(sources)))
    return names(pins) | jars | emulators | {"uv"}


@pytest.mark.parametrize(
    ("heading", "used"),
    [
        ("## At run time", names(PROJECT["project"]["dependencies"])),
        ("## For development", names(PROJECT["dependency-groups"]["dev"])),
        ("## What set-up and the local stack download", downloads()),
    ],
)
def test_every_dependency_has_its_line_and_no_line_is_left_over(heading: str, used: set[str]) -> None:
    assert set(rows(section(PAGE, heading))) == used
