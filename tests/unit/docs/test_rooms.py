"""A newcomer sees few modules at a time."""

from collections import Counter
from pathlib import Path

from tests.unit.docs.pages import REPOSITORY

CODE = ("functions", "dataproc_jobs", "infra", "simulator", "sql", "tests")
MOST_MODULES = 25


def modules() -> list[Path]:
    found = [module for folder in CODE for module in (REPOSITORY / folder).rglob("*.py")]
    return [module for module in found if module.name != "__init__.py"]


def test_no_folder_holds_more_modules_than_one_takes_in() -> None:
    sizes = Counter(str(module.parent.relative_to(REPOSITORY)) for module in modules())
    assert sizes.total() > 500
    assert {folder: size for folder, size in sizes.items() if size > MOST_MODULES} == {}
