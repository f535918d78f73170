import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.payments.card_number import card_digits, card_rule, is_luhn_valid, luhn_check_digit, without_separators
from tests.unit.fraud.strategies import card_numbers, digits, written_cards

PUBLISHED = {
    "Visa": "4111111111111111",
    "Visa, another": "4012888888881881",
    "Visa of 13 digits": "4222222222222",
    "Mastercard": "5555555555554444",
    "Mastercard, another": "5105105105105100",
    "Mastercard, 2-series": "2223003122003222",
    "American Express": "378282246310005",
    "American Express, another": "371449635398431",
    "Discover": "6011111111111117",
    "Diners Club of 14 digits": "30569309025904",
    "JCB": "3530111333300000",
    "UnionPay": "6200000000000005",
    "UnionPay of 19 digits": "6205500000000000004",
    "Luhn's own example": "79927398713",
}


@pytest.mark.parametrize("number", PUBLISHED.values(), ids=PUBLISHED)
def test_published_numbers_are_valid(number: str) -> None:
    assert is_luhn_valid(number)
    assert luhn_check_digit(number[:-1]) == number[-1]


@given(card_numbers(), st.data())
def test_one_changed_digit_breaks_a_number(number: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[at]]))
    assert not is_luhn_valid(number[:at] + other + number[at + 1 :])


@given(digits(1, 30))
def test_exactly_one_check_digit_is_right(body: str) -> None:
    valid = [digit for digit in "0123456789" if is_luhn_valid(body + digit)]
    assert valid == [luhn_check_digit(body)]


@given(written_cards())
def test_separators_do_not_count(written: str) -> None:
    assert card_digits(written) == without_separators(written) == written.replace("-", "").replace(" ", "")


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("41111111111", id="11 digits"),
        pytest.param("41111111111111111111", id="20 digits"),
        pytest.param("4111--1111-1111-1111", id="two separators"),
        pytest.param("4111 - 1111 1111 1111", id="three separators"),
        pytest.param(" 4111111111111111", id="leading space"),
        pytest.param("4111111111111111-", id="trailing hyphen"),
        pytest.param("4111111111111111\n", id="line end"),
        pytest.param("4111.1111.1111.1111", id="dots"),
        pytest.param("4111_1111_1111_1111", id="underscores"),
        pytest.param("411111111111111a", id="letter"),
        pytest.param("\uff14" + "\uff11" * 15, id="full-width digits"),
        pytest.param("", id="empty"),
    ],
)
def test_other_forms_are_no_card_number(written: str) -> None:
    assert card_digits(written) is None


UNIONPAY = "6212345678900000003"


@pytest.mark.parametrize(
    ("digits", "strictly", "with_unionpay"),
    [
        pytest.param("4111111111111111", True, True, id="a card"),
        pytest.param("4111111111111112", False, False, id="a slip of the finger"),
        pytest.param("0" * 16, False, False, id="what stands for no card"),
        pytest.param("0" * 12, False, False, id="likewise, shorter"),
        pytest.param("6200000000000001", False, True, id="UnionPay without a check digit"),
        pytest.param(UNIONPAY, is_luhn_valid(UNIONPAY), True, id="a long one"),
        pytest.param("62000000000001", False, False, id="too short for UnionPay"),
        pytest.param("6100000000000001", False, False, id="another's beginning"),
    ],
)
def test_a_stack_says_which_digits_are_a_card(digits: str, strictly: bool, with_unionpay: bool) -> None:
    rules = [card_rule(unionpay_without_check_digit=switch) for switch in (False, True)]
    assert [rule(digits) for rule in rules] == [strictly, with_unionpay]
