import re
import tomllib

import pytest

from infra.local.bqemulator import REQUIREMENTS
from infra.local.jarlock import GROUPS
from tests.unit.docs.pages import read, rows, section

PAGE = read("docs/dependencies.md")
PROJECT = tomllib.loads(read("pyproject.toml"))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", requirement)[0] for requirement in requirements}


def downloads() -> set[str]:
    pins = [line for line in REQUIREMENTS.with_suffix(".in").read_text().splitlines() if not line.startswith("#")]
    jars = {f"{organisation}:{artifact}" for group in GROUPS for organisation, artifact, _ in group.roots}
    emulators = set(
        re.findall(r'find_emulator\("([\w-]+)"', read("infra/local/pubsub.py") + read("infra/local/firestore.py"))
    )
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
