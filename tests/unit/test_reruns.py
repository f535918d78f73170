from pathlib import Path

import pytest

from infra.local.stack.local_stack import LocalStack
from tests.reruns import Record, Run, Watch, repeated, server_logs

WHOLE, PART, ONCE = Run("1", True, ()), Run("2", False, ("b",)), Run("3", True, ("a", "b"))


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ([], {}),
        ([ONCE], {}),
        ([Run("3", True, ("a", "a"))], {}),
        ([ONCE, WHOLE, ONCE], {"a": 2, "b": 2}),
        ([ONCE, PART], {"b": 2}),
        ([ONCE, *[WHOLE] * 18, ONCE], {"a": 2, "b": 2}),
        ([ONCE, *[WHOLE] * 19, ONCE], {}),
        ([PART, *[WHOLE] * 19, PART], {"b": 2}),
        ([PART, *[WHOLE] * 20, PART], {}),
    ],
)
def test_a_test_that_ran_twice_in_two_of_twenty_runs_is_named(runs: list[Run], found: dict[str, int]) -> None:
    assert repeated(runs) == found


def failed(outcome: str) -> pytest.TestReport:
    test = "tests/e2e/test_x.py::test_it[a/b]"
    report = pytest.TestReport(
        test, (test, 1, ""), {}, "failed", "it broke", "call", [("the end of redis.log", "full")]
    )
    report.outcome = outcome  # type: ignore[assignment]  # what pytest-rerunfailures makes of it
    return report


def test_a_second_run_is_kept_with_its_logs_and_counted(tmp_path: Path) -> None:
    watch = Watch(is_whole=False, record=Record(tmp_path))
    watch.pytest_runtest_logreport(failed("rerun"))
    watch.pytest_runtest_logreport(failed("passed"))
    watch.pytest_sessionfinish()
    [log] = tmp_path.glob("*.log")
    assert log.name.endswith("-e2e-test_x.py-test_it-a-b-.log")
    assert "it broke" in log.read_text()
    assert "==== the end of redis.log\nfull\n" in log.read_text()
    assert [run.reruns for run in Record(tmp_path).runs()] == [("tests/e2e/test_x.py::test_it[a/b]",)]


@pytest.mark.parametrize(("is_whole", "counted"), [(True, 1), (False, 0)])
def test_of_runs_without_one_the_whole_suite_counts(tmp_path: Path, is_whole: bool, counted: int) -> None:
    watch = Watch(is_whole, Record(tmp_path))
    watch.pytest_runtest_logreport(failed("failed"))
    watch.pytest_sessionfinish()
    assert len(Record(tmp_path).runs()) == counted
    assert list(tmp_path.glob("*.log")) == []


def test_the_logs_of_a_test_are_those_of_its_stack_once(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path, [])
    stack.stop()  # its guard alone runs
    stack.workspace.log("redis").write_text("first\nlast\n")
    system = type("System", (), {"stack": stack})()
    [(title, text)] = server_logs({"local_stack": stack, "system": system, "tmp_path": tmp_path})
    assert (title, text) == (f"the end of {stack.workspace.log('redis')}", "first\nlast")
