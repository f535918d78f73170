from decimal import Decimal

import msgspec
import pytest

from fraud.payments.money import MINOR_DIGITS
from fraud.payments.rates import default_rates, parse_rates
from tests.builders import as_json


def document(**changes: object) -> bytes:
    return as_json({"as_of": "2026-03-01", "usd": dict.fromkeys(MINOR_DIGITS, "1.5") | changes})


def without(*currencies: str) -> bytes:
    return as_json({"as_of": "2026-03-01", "usd": dict.fromkeys(MINOR_DIGITS.keys() - set(currencies), "1.5")})


def test_the_table_shipped_covers_every_currency() -> None:
    rates = default_rates()
    assert rates.keys() >= MINOR_DIGITS.keys()
    assert rates["USD"] == 1


def test_rates_are_exact() -> None:
    assert parse_rates(document(EUR="1.083456789"))["EUR"] == Decimal("1.083456789")


def test_missing_currencies_are_named() -> None:
    with pytest.raises(ValueError, match=r"for EUR, JPY$"):
        parse_rates(without("JPY", "EUR"))


@pytest.mark.parametrize("rate", ["0", "-1.08", "NaN", "Infinity", "1e9", "1.0834567891", "1e-10"])
def test_an_unusable_rate_is_named(rate: str) -> None:
    with pytest.raises(ValueError, match=r"for EUR$"):
        parse_rates(document(EUR=rate))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"EUR=1.08", id="not JSON"),
        pytest.param(b'{"usd": {}}', id="no date"),
        pytest.param(b'{"as_of": "2026-03-01", "usd": {"EUR": "a lot"}}', id="not a number"),
        pytest.param(b'{"as_of": "2026-03-01", "usd": {}, "eur": {}}', id="unknown field"),
    ],
)
def test_another_document_is_refused(text: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        parse_rates(text)
