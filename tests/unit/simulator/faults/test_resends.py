import numpy as np
import pytest

from simulator.faults.resends import Resends
from simulator.messages.block import Block
from simulator.messages.truth import CODE_OF, TRUTHS, Fault, Label, Truth


def block(first: int, count: int, truth: Truth = Truth(Label.NORMAL)) -> Block:  # noqa: B008 - immutable
    numbers = range(first, first + count)
    keys: list[bytes | None] = [b"key %d" % number for number in numbers]
    values: list[bytes | None] = [b"value %d" % number for number in numbers]
    return Block(np.array(numbers), keys, values, np.full(count, CODE_OF[truth], dtype=np.uint8))


def rng() -> np.random.Generator:
    return np.random.default_rng(9)


def test_no_share_changes_nothing() -> None:
    assert Resends(0.0, 100.0).apply(rng(), block(0, 500)).values == block(0, 500).values


def test_a_resend_takes_the_place_of_an_ordinary_message() -> None:
    after = Resends(0.2, 100.0).apply(rng(), block(0, 5_000))
    repeated = [row for row, code in enumerate(after.truths) if TRUTHS[code].resent]
    assert len(after) == 5_000
    assert len(repeated) == pytest.approx(1_000, rel=0.1)
    for row in repeated:
        original = int((after.values[row] or b"").removeprefix(b"value "))
        assert original < row
        assert after.keys[row] == b"key %d" % original


def test_what_was_not_chosen_goes_out_as_it_was() -> None:
    after = Resends(0.2, 100.0).apply(rng(), block(0, 1_000))
    for row, code in enumerate(after.truths):
        if not TRUTHS[code].resent:
            assert after.values[row] == b"value %d" % row


def test_a_block_repeats_messages_of_the_one_before() -> None:
    resends = Resends(1.0, 10.0)
    before = resends.apply(rng(), block(0, 100)).values
    assert set(resends.apply(rng(), block(100, 20)).values) <= set(before)


def test_a_resend_keeps_the_truth_of_its_original() -> None:
    late = Truth(Label.NORMAL, Fault.LATE)
    after = Resends(0.5, 100.0).apply(rng(), block(0, 100, late))
    assert {TRUTHS[code] for code in after.truths} == {late, late._replace(resent=True)}


@pytest.mark.parametrize("truth", [Truth(Label.CARD_TESTING), Truth(Label.NORMAL, Fault.OVERSIZED_GARBAGE)])
def test_scripted_messages_are_not_replaced_and_garbage_is_not_repeated(truth: Truth) -> None:
    after = Resends(1.0, 100.0).apply(rng(), block(0, 100, truth))
    assert after.values == block(0, 100).values


def test_a_resend_follows_within_seconds() -> None:
    after = Resends(0.1, 2.0).apply(rng(), block(0, 5_000))
    chains = [row - int((value or b"").removeprefix(b"value ")) for row, value in enumerate(after.values)]
    assert 0 < max(chains) <= 40


def test_the_block_that_came_in_is_left_alone() -> None:
    before = block(0, 1_000)
    Resends(0.5, 100.0).apply(rng(), before)
    assert before.values == block(0, 1_000).values
