"""What a function imports is in its archive, or comes with its own requirements: nothing else is there in the cloud."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import PurePosixPath

import pytest
from packaging.requirements import Requirement

from infra.archives import function_files
from infra.services import Service, deployable

LIBRARY = sys.stdlib_module_names | {"__future__"}


@cache
def modules(name: str) -> frozenset[str]:
    """Return the modules that an installed distribution holds, packages included that have a file of their own."""
    files = [PurePosixPath(str(file)) for file in distribution(name).files or ()]
    sources = [file.with_name(file.name.split(".")[0]) for file in files if file.suffix in {".py", ".pyi", ".so"}]
    return frozenset(".".join(source.parts).removesuffix(".__init__") for source in sources)


def closure(wanted: str, found: set[tuple[str, frozenset[str]]]) -> set[tuple[str, frozenset[str]]]:
    """Return what a requirement installs, with the extras asked for of each."""
    requirement = Requirement(wanted)
    key = (requirement.name.lower(), frozenset(requirement.extras))
    if key in found:
        return found
    found.add(key)
    for line in distribution(requirement.name).requires or ():
        needed = Requirement(line)
        extras = requirement.extras or {""}
        if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
            closure(line.split(";")[0], found)
    return found


def imports(source: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the modules that a source imports, with what it takes from each."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, tuple(alias.name for alias in node.names)


def missing(files: dict[str, bytes], known: set[str]) -> set[str]:
    """Return what is imported and known neither as a module nor, where a namespace is imported from, inside it."""
    sources = [content for name, content in files.items() if name.endswith(".py")]
    asked = {found for source in sources for found in imports(source)}
    return {
        module
        for module, names in asked
        if module.split(".")[0] not in LIBRARY and module not in known
        if not names or not all(f"{module}.{name}" in known for name in names)
    }


@pytest.mark.parametrize("service", deployable(), ids=lambda service: service.name)
def test_a_function_imports_what_its_archive_and_its_requirements_bring(service: Service) -> None:
    files = function_files(service.folder)
    installed: set[tuple[str, frozenset[str]]] = set()
    for line in files["requirements.txt"].decode().split():
        closure(line, installed)
    own = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in files}
    brought = {module for name, _ in installed for module in modules(name)}
    assert missing(files, own | brought) == set()


def test_a_package_that_is_not_brought_is_named() -> None:
    source = b"import redis\nfrom google.cloud import bigquery, firestore\n"
    assert missing({"main.py": source}, {"redis", "google.cloud.firestore"}) == {"google.cloud"}
