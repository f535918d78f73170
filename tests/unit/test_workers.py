import pytest

from infra.local.machine import ports
from tests.workers import TESTS, Groups, group, keep_apart, place


@pytest.mark.parametrize(
    ("first", "second", "is_shared"),
    [
        ("e2e/test_a.py", "e2e/test_b.py", True),
        ("spark/test_a.py", "spark/test_b.py", True),
        ("integration/sql/test_a.py", "integration/sql/test_b.py", True),
        ("integration/sql/test_a.py", "integration/local/test_a.py", False),
        ("unit/fraud/test_a.py", "unit/fraud/test_b.py", False),
        ("unit/fraud/test_a.py", "unit/sql/test_a.py", False),
    ],
)
def test_what_shares_a_system_shares_a_worker(first: str, second: str, is_shared: bool) -> None:
    assert (group(TESTS / first) == group(TESTS / second)) is is_shared


def test_a_test_s_name_tells_its_group() -> None:
    groups = object.__new__(Groups)
    assert groups._split_scope("tests/e2e/test_a.py::TestIt::test_it[a::b]") == "e2e"
    assert groups._split_scope("tests/unit/fraud/test_a.py::test_it") == "unit/fraud/test_a.py"


def test_every_folder_of_tests_is_handed_out_before_what_is_short() -> None:
    last = place(TESTS / "unit" / "test_a.py")
    layers = {path.relative_to(TESTS).parts[0] for path in TESTS.glob("*/**/test_*.py")} - {"unit"}
    assert all(place(TESTS / layer / "test_a.py") < last for layer in layers)


def test_workers_choose_among_ports_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    everyone, chosen = ports._CANDIDATES, []
    for worker in ("gw0", "gw1"):
        monkeypatch.setattr(ports, "_CANDIDATES", everyone)
        monkeypatch.setenv("LOCAL_STACK_DASHBOARD_PORT", "")
        keep_apart({"PYTEST_XDIST_WORKER": worker, "PYTEST_XDIST_WORKER_COUNT": "2"})
        chosen.append(set(ports._CANDIDATES))
    assert chosen[0] | chosen[1] == set(everyone)
    assert not chosen[0] & chosen[1]


def test_alone_a_process_has_every_port(monkeypatch: pytest.MonkeyPatch) -> None:
    everyone = ports._CANDIDATES
    monkeypatch.setattr(ports, "_CANDIDATES", everyone)
    keep_apart({})
    assert len(ports._CANDIDATES) == len(everyone)
