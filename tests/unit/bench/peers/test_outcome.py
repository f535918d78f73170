from pathlib import Path

import pytest

from tests.bench.loop import Result
from tests.bench.peers.outcome import differences, read_results

FIRST, SECOND = Result(0, 7, 1, 2, 30, "ab12"), Result(1, 7, 4, 4, 55, "cd34")
EXPECTED = {result.position: result for result in (FIRST, SECOND)}


def other(velocity_60s: int) -> Result:
    return Result(1, 7, velocity_60s, 4, 55, "cd34")


@pytest.mark.parametrize(
    ("found", "counted"),
    [
        ([SECOND, FIRST], (0, 0, 0)),
        ([FIRST], (1, 0, 0)),
        ([FIRST, SECOND, SECOND], (0, 1, 0)),
        ([FIRST, SECOND, Result(2, 7, 1, 1, 0, "")], (0, 1, 0)),
        ([FIRST, other(3)], (0, 0, 1)),
        ([], (2, 0, 0)),
    ],
    ids=["equal in another order", "one missing", "one twice", "one too many", "one other", "none"],
)
def test_every_kind_of_difference_is_counted(found: list[Result], counted: tuple[int, int, int]) -> None:
    assert tuple(differences(found, EXPECTED).values()) == counted


def test_results_are_read_from_every_file_quoted_or_not(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "one.csv").write_text("0,7,1,2,30,ab12\n")
    (tmp_path / "deep" / "part").write_text('1,7,4,4,55,"cd34"\n')
    assert sorted(read_results(tmp_path), key=lambda result: result.position) == [FIRST, SECOND]
