"""What passes as card data, and what only looks like it."""

import pytest

from fraud.payments.card_number import luhn_check_digit
from tests.card_scan.findings import Finding, findings, is_card_number

VISA, MASTERCARD, AMEX = "4111111111111111", "5555555555554444", "378282246310005"


@pytest.mark.parametrize(
    "number",
    [
        VISA,
        MASTERCARD,
        AMEX,
        "2221000000000009",
        "6011111111111117",
        "30569309025904",
        "3530111333300000",
        "6200000000000005",
        "4222222222222",
    ],
)
@pytest.mark.parametrize("around", ['{{"credit_card": "{}"}}', "card {},", "\x00{}\x01", "pan={}\n", "({})"])
def test_a_number_of_every_issuer_is_found(number: str, around: str) -> None:
    [found] = findings(around.format(number).encode())
    assert (found.kind, found.shown) == ("card number", f"…{number[-4:]}")


@pytest.mark.parametrize("written", ["4111 1111 1111 1111", "4111-1111-1111-1111", "3782 822463 10005"])
def test_separators_hide_nothing(written: str) -> None:
    assert len(list(findings(b"x: " + written.encode()))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # check digit
        "XXXX-XXXX-XXXX-1111",
        f"a{VISA}",  # part of a digest
        f"{VISA}f",
        f"0.{VISA}",  # a fraction
        f"{VISA}.5",
        f"{VISA}0000000",  # part of a longer number
        "1764025200000000007",  # a time in nanoseconds
        "0000000000000000",
        "2026-11-24 21:30:57",
        "9999999999999995",  # no issuer
        '"cvv_masked": "XXX"',
        "cvv: none",
    ],
)
def test_what_only_looks_like_card_data_is_not_found(text: str) -> None:
    assert list(findings(text.encode())) == []


@pytest.mark.parametrize("text", ['"cvv": "123"', "cvv=9173", "CVC2: 001", "'cvv': '123'"])
def test_a_cvv_is_found_by_its_name(text: str) -> None:
    assert [found.kind for found in findings(text.encode())] == ["CVV"]


def test_no_finding_shows_a_number() -> None:
    assert list(findings(f"x {VISA}".encode())) == [Finding(2, "card number", "…1111")]


def test_most_numbers_of_random_digits_do_not_pass() -> None:
    digits = [f"{number}{luhn_check_digit(str(number))}" for number in range(100_000_000_000_000, 100_000_000_000_100)]
    assert not any(map(is_card_number, digits))
