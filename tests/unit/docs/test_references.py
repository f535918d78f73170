"""What the documents point at exists: tests, files, headings and targets."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.unit.docs.pages import PAGES, REPOSITORY, read

TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)")
FOLDERS = "functions|dataproc_jobs|infra|simulator|sql|tests|docs"
PATH = re.compile(rf"`((?:{FOLDERS})/[\w/.-]*)`")
MODULE = re.compile(r"`(\w+\.(?:py|lua))`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
MOST_LINES = 250
COMPLIANCE = "docs/pii-masking-compliance.md"

pages = pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(REPOSITORY)) for page in PAGES])


def functions(file: str) -> set[str]:
    return {node.name for node in ast.parse(read(file)).body if isinstance(node, ast.FunctionDef)}


@cache
def modules() -> set[str]:
    return {path.name for folder in FOLDERS.split("|") for path in (REPOSITORY / folder).rglob("*.*")}


def anchors(page: Path) -> set[str]:
    """Return the fragments of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {"#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_every_test_named_exists(page: Path) -> None:
    named = TEST.findall(page.read_text())
    assert [test for file, test in named if test not in functions(file)] == []


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, fragment in LINK.findall(FENCE.sub("", page.read_text())):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        assert not fragment or fragment in anchors(linked), f"{target}{fragment}"


@pages
def test_every_path_named_exists(page: Path) -> None:
    assert [path for path in PATH.findall(page.read_text()) if not (REPOSITORY / path).exists()] == []


@pages
def test_every_module_named_exists(page: Path) -> None:
    assert [name for name in MODULE.findall(page.read_text()) if name not in modules()] == []


@pages
def test_every_make_target_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(), re.MULTILINE)) <= targets


def test_every_clause_of_the_compliance_table_has_code_and_a_test() -> None:
    clauses = [line.split(" | ") for line in read(COMPLIANCE).splitlines() if line.startswith(("| PCI", "| GDPR"))]
    built = [(code, tests) for _, _, code, tests in clauses if "not built" not in code]
    assert len(built) > 10
    assert [(code, tests) for code, tests in built if not PATH.search(code) or not TEST.search(tests)] == []


def test_every_door_of_the_threat_model_has_code_that_shuts_it_and_a_test() -> None:
    [table] = re.findall(r"^## Doors\n\n(.*?)\n\n", read("docs/threat-model.md"), re.MULTILINE | re.DOTALL)
    doors = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    assert len(doors) > 15
    assert [door for door, _, _, stops, test in doors if not PATH.search(stops) or not TEST.search(test)] == []
    assert {kind for _, kinds, *_ in doors for kind in kinds.split(", ")} == set("STRIDE")


def test_no_page_is_longer_than_one_reads_at_a_sitting() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in (REPOSITORY / "docs").rglob("*.md")}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_every_page_is_found_from_the_first() -> None:
    linked = {target for target, _ in LINK.findall(read("docs/README.md"))}
    assert {path.name for path in (REPOSITORY / "docs").glob("*.md")} - linked == {"README.md"}


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((REPOSITORY / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
