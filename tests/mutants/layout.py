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


def _rooms(*names: str) -> dict[str, Slice]:
    return {name: Slice((f"fraud/{name}/*",), (f"tests/unit/fraud/{name}",)) for name in names}


def _modules(*names: str) -> dict[str, Slice]:
    return {name: Slice((f"fraud/{name}.py",), (f"tests/unit/fraud/test_{name}.py",)) for name in names}


SLICES = {
    **_rooms("alerts", "authorization", "channels", "erasure", "health", "masking", "payments", "rules", "scoring"),
    **_rooms("subjects"),
    **_modules("accounts", "cards", "configuration", "reviews", "supervision"),
    "state": Slice(("fraud_stream/state/*",), ("tests/unit/fraud_stream/state",)),
}
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
