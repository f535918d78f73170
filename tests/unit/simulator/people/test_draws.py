import numpy as np
import pytest

from simulator.people.draws import bits, draw

NUMBERS = np.arange(50_000, dtype=np.int64)


def test_a_draw_follows_from_seed_purpose_and_number() -> None:
    assert np.array_equal(draw(7, "device", NUMBERS), draw(7, "device", NUMBERS))
    assert np.array_equal(draw(7, "device", NUMBERS)[123:], draw(7, "device", NUMBERS[123:]))


@pytest.mark.parametrize(("seed", "purpose"), [(8, "device"), (7, "card")])
def test_seed_and_purpose_change_every_draw(seed: int, purpose: str) -> None:
    assert not np.any(draw(7, "device", NUMBERS) == draw(seed, purpose, NUMBERS))


@pytest.mark.parametrize("low", [0, 17, 40, 56])
def test_all_bits_are_even(low: int) -> None:
    counts = np.bincount(bits(draw(7, "device", NUMBERS), low, 3), minlength=8)
    assert counts == pytest.approx(len(NUMBERS) / 8, rel=0.05)


def test_bits_are_cut_from_the_word() -> None:
    assert bits(np.array([0xABCD_EF01_2345_6789], dtype=np.uint64), 4, 12).tolist() == [0x678]
