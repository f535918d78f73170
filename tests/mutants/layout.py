"""A tree in which mutmut finds its way: packages below `src`, the tests beside them, each run of a room by itself."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec

from infra.local.machine.workspace import REPOSITORY

BUILD = REPOSITORY / ".build" / "mutants"
PACKAGES = (
    *(Path("functions", name) for name in ("fraud", "fraud_service", "fraud_page", "fraud_lab")),
    Path("dataproc_jobs", "fraud_stream"),
)

_LEFT_OUT = shutil.ignore_patterns("__pycache__")
# Hypothesis draws the same examples each time: another draw must not decide about a mutant.
_ARGUMENTS = ("-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:rerunfailures", "--hypothesis-seed=7")


@dataclass(frozen=True)
class Slice:
    """The files that are changed, as patterns below a source folder, and the tests that ought to notice."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


def _slices() -> dict[str, Slice]:
    """Return a slice for each room of the domain, for each module that is a room by itself, and for the job's state."""
    domain, tests = REPOSITORY / "functions" / "fraud", REPOSITORY / "tests" / "unit" / "fraud"
    rooms = sorted(room.parent.name for room in domain.glob("*/__init__.py"))
    modules = sorted(module.stem for module in domain.glob("*.py") if (tests / f"test_{module.name}").exists())
    return {
        **{name: Slice((f"fraud/{name}/*",), (f"tests/unit/fraud/{name}",)) for name in rooms},
        **{name: Slice((f"fraud/{name}.py",), (f"tests/unit/fraud/test_{name}.py",)) for name in modules},
        "state": Slice(("fraud_stream/state/*",), ("tests/unit/fraud_stream/state",)),
    }


SLICES = _slices()
"""The pure modules, by room; each takes minutes."""


def lay_out(chosen: Slice, tree: Path) -> None:
    """Make the tree of a slice anew."""
    shutil.rmtree(tree, ignore_errors=True)
    for package in PACKAGES:
        shutil.copytree(REPOSITORY / package, tree / "src" / package.name, ignore=_LEFT_OUT)
    shutil.copytree(REPOSITORY / "tests", tree / "tests", ignore=_LEFT_OUT)
    (tree / "pyproject.toml").write_bytes(msgspec.toml.encode(_settings(chosen)))


def _settings(chosen: Slice) -> dict[str, object]:
    mutmut = {
        "source_paths": ["src"],
        "only_mutate": [f"src/{pattern}" for pattern in chosen.files],
        "pytest_add_cli_args": list(_ARGUMENTS),
        "pytest_add_cli_args_test_selection": list(chosen.tests),
    }
    markers = {"markers": ["flaky"], "pythonpath": ["."], "timeout": 60}
    return {"tool": {"mutmut": mutmut, "pytest": {"ini_options": markers}}}
