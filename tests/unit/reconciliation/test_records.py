"""One transaction's alert on both sides: how each kind of difference is told."""

from collections import Counter
from datetime import timedelta

import pytest

from reconciliation.alert_record import Recorded
from reconciliation.records import Look, Raised, compare, suspects
from tests.builders import NOON

SECOND = timedelta(seconds=1)
RAISED = Raised("TXN_1", NOON, "0/1", is_due=True)
AGAIN = Raised("TXN_1", NOON + timedelta(hours=2), "0/9", is_due=True)
RECORDED = Recorded("TXN_1", NOON, NOON + SECOND)
LOOK = Look(NOON + timedelta(minutes=30), NOON + timedelta(minutes=20), 0.0)


@pytest.mark.parametrize(
    ("raised", "recorded", "told"),
    [
        pytest.param([RAISED], RECORDED, [], id="agree"),
        pytest.param([RAISED, AGAIN], RECORDED, [], id="alerted again: the first is recorded"),
        pytest.param([], None, [], id="gone on both sides"),
        pytest.param([RAISED, AGAIN], None, ["Firestore does not hold TXN_1"], id="missing, said once"),
        pytest.param([], RECORDED, ["Firestore holds TXN_1, which is no alert in the dataset"], id="made up"),
        pytest.param([AGAIN], RECORDED, ["Firestore has another event time for TXN_1"], id="another time"),
    ],
)
def test_a_difference_is_told(raised: list[Raised], recorded: Recorded | None, told: list[str]) -> None:
    assert [difference.what for difference in compare("TXN_1", raised, recorded)] == told


@pytest.mark.parametrize(
    ("raised", "recorded", "suspected"),
    [
        pytest.param([RAISED], [RECORDED], [], id="agree"),
        pytest.param([RAISED], [], ["TXN_1"], id="not recorded"),
        pytest.param([Raised("TXN_1", NOON, "0/1", is_due=False)], [], [], id="of the batch being written"),
        pytest.param([], [RECORDED], ["TXN_1"], id="recorded alone"),
        pytest.param([], [Recorded("TXN_1", NOON, None)], ["TXN_1"], id="nobody knows when"),
        pytest.param([], [Recorded("TXN_1", NOON, LOOK.writing_since)], [], id="recorded since the batch began"),
        pytest.param([RAISED], [Recorded("TXN_1", NOON + SECOND, NOON)], ["TXN_1"] * 2, id="at another moment"),
    ],
)
def test_what_stands_on_one_side_only_is_suspected(
    raised: list[Raised], recorded: list[Recorded], suspected: list[str]
) -> None:
    assert list(suspects(iter(raised), iter(recorded), LOOK, Counter())) == suspected


def test_alerts_are_counted_once_whichever_side_they_stand_on() -> None:
    counts = Counter[str]()
    other = Recorded("TXN_2", NOON, NOON)
    list(suspects(iter([RAISED, AGAIN]), iter([other, RECORDED]), LOOK, counts))
    assert counts.total() == 3
