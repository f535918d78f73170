"""What a function installs in the cloud is what it was tested with."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.unit.docs.pages import REPOSITORY

FUNCTIONS = sorted(path.parent for path in (REPOSITORY / "functions").glob("*/main.py"))
PINS = set(tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["dependencies"])


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda path: path.name)
def test_a_function_pins_what_the_project_pins(function: Path) -> None:
    wanted = (function / "requirements.txt").read_text().split()
    assert wanted == sorted(wanted, key=lambda pin: pin.split("=="))
    assert set(wanted) <= PINS


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda path: path.name)
def test_a_function_folder_holds_its_wiring_and_nothing_else(function: Path) -> None:
    assert {path.name for path in function.iterdir() if path.is_file()} == {"main.py", "requirements.txt"}
    assert re.search(rf"^(?:async )?def {function.name}\(", (function / "main.py").read_text(), re.MULTILINE)
