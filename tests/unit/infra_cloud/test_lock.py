"""A function's archive installs what was tested, by hash, and nothing that it does not need."""

import re

import pytest

from infra.archives import FUNCTIONS
from infra.artifacts import LOCK
from infra.lock import WHEELS_ONLY, locked
from infra.services import Service, deployable
from tests.unit.functions.test_imports import closure

SMALL = """\
a==1.0 \\
    --hash=sha256:aa
    # via payment-fraud (pyproject.toml)
b-c==2.0 ; python_full_version < '3.13' \\
    --hash=sha256:bb \\
    --hash=sha256:bc
    # via
    #   a
    #   z
d==3.0 \\
    --hash=sha256:dd
    # via b-c
z==9.0 \\
    --hash=sha256:zz
"""


def test_what_a_requirement_needs_comes_with_it_and_nothing_else() -> None:
    assert locked("a==1.0\n", SMALL) == f"{WHEELS_ONLY}\n" + "".join(
        f"{line}\n" for line in SMALL.splitlines()[:-2] if "#" not in line
    )


def test_a_pin_that_is_not_the_locks_is_named() -> None:
    with pytest.raises(ValueError, match=r"requirements\.txt does not hold a==1\.1, q==1: run make lock"):
        locked("a==1.1\nq==1\n", SMALL)


@pytest.mark.parametrize("service", deployable(), ids=lambda service: service.name)
def test_everything_a_function_installs_is_there_with_hashes(service: Service) -> None:
    direct = (FUNCTIONS / service.folder / "requirements.txt").read_text()
    blocks = locked(direct, LOCK.read_text()).split("\n", 1)[1].split("\n")
    names = {line.split("==")[0] for line in blocks if "==" in line}
    needed: set[tuple[str, frozenset[str]]] = set()
    for line in direct.split():
        closure(line, needed)
    assert {re.sub(r"[-_.]+", "-", name) for name, _ in needed} <= names
    assert "duckdb" not in names
    assert all(line.endswith("\\") for line in blocks if "==" in line)
    assert re.search(r"^functions-framework\b([^-]|$)", "\n".join(blocks), re.MULTILINE)
