import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.payments.disguise import holds_card_number, holds_digits, pasted_digits
from tests.builders import CARD
from tests.unit.fraud.disguises import DISGUISES
from tests.unit.fraud.strategies import card_numbers

ANOTHER = "5555555555554444"


@pytest.mark.parametrize("written", DISGUISES.values(), ids=DISGUISES)
def test_a_number_is_seen_through_its_clothes(written: str) -> None:
    assert holds_digits(written, CARD)
    assert holds_card_number(f"order {written}, thanks")


@pytest.mark.parametrize("written", ["41a11111111111111", f"99{CARD}", f"{CARD[:8]} card {CARD[8:]}"])
def test_an_own_number_is_seen_among_letters_and_digits(written: str) -> None:
    assert holds_digits(written, CARD)
    assert not holds_card_number(written)


@pytest.mark.parametrize(
    "number",
    [
        "4222222222222",
        "4111111111111111",
        "5105105105105100",
        "2223003122003222",
        "378282246310005",
        "6011111111111117",
        "30569309025904",
        "3530111333300000",
        "6200000000000005",
        "6205500000000000004",
        "2200000000000004",
        "8100000000000002",
    ],
)
def test_numbers_of_every_issuer_are_seen(number: str) -> None:
    assert holds_card_number(number)
    assert holds_card_number(f"{number[:4]} {number[4:]}/0831")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("4111111111111112", id="check digit"),
        pytest.param("1772366400000", id="milliseconds since 1970"),
        pytest.param("353918052107063", id="IMEI"),
        pytest.param("+49 170 12345678", id="telephone"),
        pytest.param("411111111111", id="12 digits"),
        pytest.param("41111111-1111x1111", id="a letter between"),
        pytest.param("41111111一11111111", id="a letter of another script"),
        pytest.param("123456789012345678901234", id="a long number"),
        pytest.param("0b54cbf1-6d2b-4f0e-9f6e-1c4b8f0f4a11", id="UUID"),
        pytest.param("203.0.113.77", id="address"),
        pytest.param("", id="empty"),
    ],
)
def test_lawful_texts_hold_no_card_number(text: str) -> None:
    assert not holds_card_number(text)


@given(card_numbers().filter(lambda number: number != CARD), st.text(" .-_/", max_size=3))
def test_another_number_is_not_one_s_own(number: str, between: str) -> None:
    assert not holds_digits(between.join(number), CARD) or CARD in number


@pytest.mark.parametrize(("name", "written"), [item for item in DISGUISES.items() if "name" not in item[0]])
def test_a_pasted_number_is_understood(name: str, written: str) -> None:
    assert pasted_digits(f" {written}\n") == CARD, name


@pytest.mark.parametrize("written", ["", "4111", f"card {CARD}", f"{CARD}{CARD}", "4111-1111-1111-111x"])
def test_what_else_is_pasted_is_no_number(written: str) -> None:
    assert pasted_digits(written) is None
