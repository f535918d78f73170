import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from infra.local.machine.workspace import REPOSITORY
from tests.mutants.layout import PACKAGES, SLICES, Slice, lay_out

WITHOUT_LOGIC = {"errors.py", "rights.py"}
"""An exception each, and a table."""


def modules() -> list[str]:
    """Return the modules of the domain."""
    functions = REPOSITORY / "functions"
    return [path.relative_to(functions).as_posix() for path in (functions / "fraud").rglob("*.py")]


def test_every_pure_module_is_in_a_slice() -> None:
    patterns = [pattern for one in SLICES.values() for pattern in one.files]
    left = {module for module in modules() if not any(fnmatch(module, pattern) for pattern in patterns)}
    assert {Path(module).name for module in left} - {"__init__.py"} == WITHOUT_LOGIC


@pytest.mark.parametrize("name", SLICES)
def test_a_slice_names_tests_that_are_there(name: str) -> None:
    assert all((REPOSITORY / tests).exists() for tests in SLICES[name].tests)


def test_a_tree_has_the_packages_and_the_settings_of_its_slice(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "old").touch()
    lay_out(Slice(("fraud/cards.py",), ("tests/unit/fraud/test_cards.py",)), tree)
    settings = tomllib.loads((tree / "pyproject.toml").read_text())["tool"]["mutmut"]
    assert settings["only_mutate"] == ["src/fraud/cards.py"]
    assert settings["pytest_add_cli_args_test_selection"] == ["tests/unit/fraud/test_cards.py"]
    assert {path.name for path in (tree / "src").iterdir()} == {package.name for package in PACKAGES}
    assert not (tree / "old").exists()
