"""Exact money: ISO 4217 minor digits and the reference rates that bring an amount to US dollars."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

_ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_TWO = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP "
    "CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES "
    "KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK "
    "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB "
    "TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)

MINOR_DIGITS: Mapping[str, int] = MappingProxyType(
    {code: digits for codes, digits in ((_ZERO, 0), (_TWO, 2), (_THREE, 3)) for code in codes.split()}
)
"""Digits after the decimal point of every active ISO 4217 currency of account; no fund code is one."""

MAX_INTEGER_DIGITS = 15
"""Largest whole part of an amount: far above any payment, far below BigQuery NUMERIC's 29 digits."""


def as_written(amount: Decimal, currency: str) -> Decimal:
    """Return a payable amount with exactly the currency's minor digits, as people write it: 1.00 USD, 1 JPY."""
    return amount.quantize(Decimal(1).scaleb(-MINOR_DIGITS[currency]))


def has_minor_digits(amount: Decimal, currency: str) -> bool:
    """Tell whether `amount` has at most the currency's minor digits (trailing zeros do not count)."""
    _, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int):
        return False  # NaN or an infinity
    # By the digits themselves: normalize() would round to the context's 28 digits and call the rest zeros.
    excess = -exponent - MINOR_DIGITS[currency]
    return excess <= 0 or not any(digits[-excess:])
