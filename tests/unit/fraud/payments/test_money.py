from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import raw_table

from fraud.payments.money import MINOR_DIGITS, as_written, has_minor_digits

NO_MONEY = {
    "BOV": "Bolivia's unit of indexed debts: contracts count in it, payments are in BOB",
    "CHE": "a complementary currency of the WIR bank's members, settled among them alone",
    "CHW": "likewise",
    "CLF": "Chile's unit of indexed debts; payments are in CLP",
    "COU": "Colombia's unit of indexed debts; payments are in COP",
    "MXV": "Mexico's unit of indexed debts; payments are in MXN",
    "USN": "US dollars for settlement on the next day, between banks; payments are in USD",
    "UYI": "Uruguay's unit of indexed debts; payments are in UYU",
    "UYW": "Uruguay's unit of pensions and wages; payments are in UYU",
    "XAD": "the Arab Monetary Fund's unit of account, between central banks",
    "XAG": "a metal",
    "XAU": "a metal",
    "XBA": "a unit of European bonds",
    "XBB": "a unit of European bonds",
    "XBC": "a unit of European bonds",
    "XBD": "a unit of European bonds",
    "XDR": "the International Monetary Fund's unit of account, between central banks",
    "XPD": "a metal",
    "XPT": "a metal",
    "XSU": "a unit of account between central banks of ALBA",
    "XTS": "for tests",
    "XUA": "the African Development Bank's unit of account",
    "XXX": "no currency",
}
"""What ISO 4217 lists and no payment is in, each with the reason."""


def test_every_code_of_iso_4217_is_taken_with_its_digits_or_left_out_for_a_reason() -> None:
    listed = {code: entry["CcyMnrUnts"] for code, entry in raw_table.items() if code}
    taken = {code: str(digits) for code, digits in MINOR_DIGITS.items()}
    assert len(listed) > 170
    assert taken == {code: digits for code, digits in listed.items() if code not in NO_MONEY}
    assert set(NO_MONEY) <= set(listed)


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("JPY", 0), ("KRW", 0), ("XOF", 0), ("USD", 2), ("EUR", 2), ("GBP", 2), ("KWD", 3), ("TND", 3)],
)
def test_minor_digits_are_those_of_iso_4217(currency: str, digits: int) -> None:
    assert MINOR_DIGITS[currency] == digits


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "usd", ""])
def test_codes_that_are_no_money_are_unknown(code: str) -> None:
    assert code not in MINOR_DIGITS


@pytest.mark.parametrize(
    ("amount", "currency", "fits"),
    [
        ("100", "JPY", True),
        ("100.0", "JPY", True),
        ("100.5", "JPY", False),
        ("1E+3", "JPY", True),
        ("0.01", "USD", True),
        ("0.010", "USD", True),
        ("0.001", "USD", False),
        ("5000.00", "USD", True),
        ("0.001", "KWD", True),
        ("0.0010", "KWD", True),
        ("0.0001", "KWD", False),
        ("1." + "0" * 37, "USD", True),
        ("1." + "0" * 36 + "1", "USD", False),
        ("123456789012345." + "0" * 22 + "1", "USD", False),
        ("1E-99999999", "USD", False),
        ("NaN", "USD", False),
        ("Infinity", "USD", False),
    ],
)
def test_an_amount_has_at_most_its_currency_s_digits(amount: str, currency: str, *, fits: bool) -> None:
    assert has_minor_digits(Decimal(amount), currency) is fits


@given(st.integers(1, 10**30), st.integers(0, 3), st.integers(0, 20), st.sampled_from(sorted(MINOR_DIGITS)))
def test_trailing_zeros_never_matter(units: int, digits: int, zeros: int, currency: str) -> None:
    plain = Decimal((0, tuple(map(int, str(units))), -digits))
    padded = Decimal((0, (*map(int, str(units)), *[0] * zeros), -digits - zeros))
    assert padded == plain
    assert has_minor_digits(padded, currency) is has_minor_digits(plain, currency)


@given(st.integers(1, 10**30), st.sampled_from(sorted(MINOR_DIGITS)))
def test_whole_minor_units_fit_and_a_tenth_of_one_does_not(units: int, currency: str) -> None:
    digits = tuple(map(int, str(units)))
    assert has_minor_digits(Decimal((0, digits, -MINOR_DIGITS[currency])), currency)
    assert not has_minor_digits(Decimal((0, (*digits, 1), -MINOR_DIGITS[currency] - 1)), currency)


@pytest.mark.parametrize(
    ("amount", "currency", "written"), [("1.000", "USD", "1.00"), ("1.000", "JPY", "1"), ("1.5", "KWD", "1.500")]
)
def test_an_amount_is_written_with_its_currency_s_minor_digits(amount: str, currency: str, written: str) -> None:
    assert str(as_written(Decimal(amount), currency)) == written
