import numpy as np
import pytest

from simulator.errors import OptionError
from simulator.faults.malformation import MOST_OVERSIZED
from simulator.faults.shares import LATENESS, Faults, Shares, misdated
from simulator.messages.truth import CODE_OF, TRUTHS, Fault, Label, Truth
from simulator.moments import DAY


def assigned(shares: Shares, rows: int) -> list[Fault]:
    codes = Faults(shares).assign(np.random.default_rng(1), rows)
    return [TRUTHS[code].fault for code in codes]


@pytest.mark.parametrize("field", ["duplicates", "late", "malformed"])
@pytest.mark.parametrize("share", [-0.01, 1.01, float("nan")])
def test_what_is_no_share_is_refused_by_name(field: str, share: float) -> None:
    with pytest.raises(OptionError, match=f"{field} must be between 0 and 1"):
        Shares(**{field: share})


def test_shares_of_more_than_everything_are_refused() -> None:
    with pytest.raises(OptionError, match="together"):
        Shares(duplicates=0.5, late=0.3, malformed=0.3)


def test_malformed_kinds_take_turns() -> None:
    kinds = [fault for fault in Fault if fault not in {Fault.NONE, Fault.LATE}]
    assert assigned(Shares(malformed=1.0), 2 * len(kinds)) == kinds * 2


def test_turns_go_on_from_one_block_to_the_next() -> None:
    faults = Faults(Shares(malformed=1.0))
    blocks = [faults.assign(np.random.default_rng(number), 7).tolist() for number in range(3)]
    assert [code for block in blocks for code in block] == [
        CODE_OF[Truth(Label.NORMAL, fault)] for fault in assigned(Shares(malformed=1.0), 21)
    ]


def test_oversized_garbage_stops_at_its_limit() -> None:
    assert assigned(Shares(malformed=1.0), 10_000).count(Fault.OVERSIZED_GARBAGE) == MOST_OVERSIZED


def test_late_and_malformed_do_not_overlap() -> None:
    faults = assigned(Shares(late=0.5, malformed=0.5), 10_000)
    assert Fault.NONE not in faults
    assert faults.count(Fault.LATE) == pytest.approx(5_000, rel=0.05)


def test_only_wrong_clocks_are_misdated() -> None:
    codes = np.array([CODE_OF[Truth(Label.NORMAL, fault)] for fault in Fault])
    dated = dict(zip(Fault, misdated(codes, np.full(len(codes), 1_000 * DAY), 1_001 * DAY).tolist(), strict=True))
    assert dated.pop(Fault.LATE) == 1_000 * DAY - LATENESS
    assert dated.pop(Fault.FUTURE_CLOCK) == 1_002 * DAY
    assert set(dated.values()) == {1_000 * DAY}
