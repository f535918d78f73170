"""US-dollar value of one unit of each currency, for comparing amounts with a threshold; not for settlement."""

from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files

import msgspec

from fraud.payments.money import MINOR_DIGITS

_STEP = Decimal("1e-9")
_MOST = 10**9


class ReferenceRates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of rates and the day they were taken."""

    as_of: str
    usd: dict[str, Decimal]


def default_rates() -> Mapping[str, Decimal]:
    """Return the table that ships with the code."""
    return parse_rates(files("fraud.payments").joinpath("rates.json").read_bytes())


def parse_rates(document: bytes) -> Mapping[str, Decimal]:
    """Return the rates of a JSON document `{"as_of": …, "usd": {"EUR": "1.08", …}}`.

    Raises ValueError that names the currencies without a usable rate (above zero and below 10^9, at most nine
    decimals, as the stream multiplies them): an event must never lack one.
    """
    rates = msgspec.json.decode(document, type=ReferenceRates).usd
    lacking = sorted(code for code in MINOR_DIGITS if not _is_usable(rates.get(code, Decimal(0))))
    if lacking:
        raise ValueError(
            f"reference rates lack a value above zero, with at most nine decimals, for {', '.join(lacking)}"
        )
    return rates


def _is_usable(rate: Decimal) -> bool:
    return rate.is_finite() and 0 < rate < _MOST and rate == rate.quantize(_STEP)
