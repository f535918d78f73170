"""Which tests get a second chance, and which run beside which."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from xdist.remote import Producer

from tests import workers
from tests.reruns import Watch, server_logs

ON_REAL_SERVERS = tuple(Path(__file__).parent / name for name in ("integration", "e2e"))


def pytest_configure(config: pytest.Config) -> None:
    """Give a worker its ports; the process that sees all reports records what ran twice."""
    workers.keep_apart(os.environ)
    if not hasattr(config, "workerinput"):
        is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword
        config.pluginmanager.register(Watch(is_whole))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> workers.Groups:
    """Hand the suite out by what shares a running system."""
    return workers.Groups(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a failed test on real servers once more: a stall of a shared machine is no fault of the code.

    The summary reports each as RERUN with its log, and one that is seen there twice is to be mended. A test of logic
    is never rerun, nor is a proof that nothing was lost (`faults`).
    """
    items.sort(key=lambda item: workers.place(item.path))
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in ON_REAL_SERVERS):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the servers' logs where a test fails."""
    report = yield
    if report.failed:
        report.sections += server_logs(getattr(item, "funcargs", {}))
    return report
