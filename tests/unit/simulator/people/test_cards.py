import re

import numpy as np
import pytest

from fraud.payments.card_number import card_digits, is_luhn_valid
from simulator.columns import Numbers, lines
from simulator.people import cards

HOLDERS: Numbers = np.concatenate([np.arange(5_000), cards.HOLDERS - 1 - np.arange(5_000)]).astype(np.int64)


def numbers_of(range_number: int) -> Numbers:
    return cards.card_numbers(HOLDERS, np.full_like(HOLDERS, range_number))


@pytest.mark.parametrize("range_number", range(len(cards.RANGES)))
def test_every_number_of_a_range_is_a_valid_card_of_it(range_number: int) -> None:
    card_range = cards.RANGES[range_number]
    written = [str(number) for number in numbers_of(range_number).tolist()]
    assert all(is_luhn_valid(number) for number in written)
    assert {(len(number), number[:4]) for number in written} == {(card_range.length, str(card_range.prefix))}


@pytest.mark.parametrize("range_number", range(len(cards.RANGES)))
def test_no_two_holders_share_a_number(range_number: int) -> None:
    assert len(np.unique(numbers_of(range_number))) == len(HOLDERS)


@pytest.mark.parametrize("separator", [cards.PLAIN, cards.DASHES, cards.SPACES])
@pytest.mark.parametrize("range_number", range(len(cards.RANGES)))
def test_a_written_card_reads_as_its_digits(range_number: int, separator: int) -> None:
    numbers, ranges = numbers_of(range_number)[:50], np.full(50, range_number)
    written = [text.decode() for text in lines(cards.written(numbers, ranges, np.full(50, separator)))]
    assert [card_digits(text) for text in written] == [str(number) for number in numbers]


@pytest.mark.parametrize(
    ("number", "separator", "written"),
    [
        (4111111111111111, cards.DASHES, b"4111-1111-1111-1111"),
        (4111111111111111, cards.SPACES, b"4111 1111 1111 1111"),
        (4111111111111111, cards.PLAIN, b"4111111111111111"),
        (378282246310005, cards.DASHES, b"3782-822463-10005"),
        (30569309025904, cards.SPACES, b"3056 930902 5904"),
        (6205500000000000004, cards.DASHES, b"6205-5000-0000-0000-004"),
    ],
)
def test_cards_are_grouped_as_their_scheme_prints_them(number: int, separator: int, written: bytes) -> None:
    prefix = int(str(number)[:4])
    range_number = next(row for row, card_range in enumerate(cards.RANGES) if card_range.prefix == prefix)
    assert lines(cards.written(np.array([number]), np.array([range_number]), np.array([separator]))) == [written]


def test_a_cvv_has_the_length_of_its_scheme() -> None:
    ranges = np.arange(len(cards.RANGES))
    written = lines(cards.cvvs(np.full(len(ranges), 7), ranges))
    assert [len(cvv) for cvv in written] == [card_range.cvv_digits for card_range in cards.RANGES]


def test_cards_expire_in_the_five_years_after_the_run() -> None:
    written = {text.decode() for text in lines(cards.expiries(np.arange(1_000), 2026))}
    assert {expiry[3:] for expiry in written} == {"27", "28", "29", "30", "31"}
    assert all(re.fullmatch(r"(0[1-9]|1[0-2])/\d\d", expiry) for expiry in written)


def test_the_shares_of_the_ranges_are_of_sixty_four() -> None:
    assert sum(card_range.share for card_range in cards.RANGES) == 64
