import pytest

from infra.local.machine.guard import sessions_left


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ([], set()),
        (["7\n", "8\n"], {7, 8}),
        (["7\n", "8\n", "-7\n"], {8}),
        (["7\n", "-7\n", "7\n"], {7}),
        (["-7\n"], set()),
    ],
)
def test_sessions_are_watched_until_they_are_forgotten(changes: list[str], left: set[int]) -> None:
    assert sessions_left(changes) == left
