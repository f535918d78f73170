"""What a function installs in the cloud is what it was tested with."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.archives import function_files
from tests.unit.docs.pages import REPOSITORY

FUNCTIONS = sorted(path.parent for path in (REPOSITORY / "functions").glob("*/main.py"))
PINS = set(tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["dependencies"])
OURS = frozenset({"fraud", "fraud_page", "fraud_service", "sql"})
COME_WITH_OTHERS = frozenset({"flask", "werkzeug", "google", "grpc"})
"""With functions-framework, and with every client of Google's."""

CLIENT = re.compile(r"google\.cloud\.(bigquery|dataproc|firestore|pubsub|storage)(_v1)?\b")


def imports(function: Path) -> Iterator[str]:
    """Yield every module that a function's archive imports."""
    for name, content in function_files(function.name).items():
        for node in ast.walk(ast.parse(content)) if name.endswith(".py") else ():
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def distribution(module: str) -> str | None:
    """Return the package to be installed for a module, None for one that needs none of its own."""
    top = module.split(".", maxsplit=1)[0]
    if client := CLIENT.match(module):
        return f"google-cloud-{client[1]}"
    return None if top in OURS | COME_WITH_OTHERS | sys.stdlib_module_names else top.replace("_", "-")


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda path: path.name)
def test_a_function_requires_what_it_imports_and_nothing_else(function: Path) -> None:
    required = {pin.split("==")[0] for pin in (function / "requirements.txt").read_text().split()}
    assert required == {package for module in imports(function) if (package := distribution(module))}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda path: path.name)
def test_a_function_pins_what_the_project_pins(function: Path) -> None:
    wanted = (function / "requirements.txt").read_text().split()
    assert wanted == sorted(wanted, key=lambda pin: pin.split("=="))
    assert set(wanted) <= PINS


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda path: path.name)
def test_a_function_folder_holds_its_wiring_and_nothing_else(function: Path) -> None:
    assert {path.name for path in function.iterdir() if path.is_file()} == {"main.py", "requirements.txt"}
    assert re.search(rf"^(?:async )?def {function.name}\(", (function / "main.py").read_text(), re.MULTILINE)
