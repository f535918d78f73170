"""Which tests get a second chance."""

from pathlib import Path

import pytest

ON_REAL_SERVERS = tuple(Path(__file__).parent / name for name in ("integration", "e2e"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a failed test on real servers once more: a stall of a shared machine is no fault of the code.

    The summary reports each as RERUN, and one that is seen there twice is to be mended. A test of logic is
    never rerun, nor is a proof that nothing was lost (`faults`).
    """
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in ON_REAL_SERVERS):
            item.add_marker(pytest.mark.flaky(reruns=1))
