"""What the classifier knows of a payment: one definition for training, back-test and stream.

Each feature is a whole number, or one division of two of them, so that a column of many payments gives bit for bit what
each payment gives by itself. A feature reads no identifier, no token and not the payment's own status: the first would
be learnt by heart, the last is what the issuer has found out already. A null is a NaN, which the trees know.
"""

from collections.abc import Callable, Mapping
from math import isnan
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Floats = npt.NDArray[np.float64]
Columns = Mapping[str, Floats]

_HOUR = 3_600_000_000


class _Group(NamedTuple):
    name: str
    ranges: tuple[tuple[int, int], ...]


_GROUPS = (
    _Group("other", ()),
    _Group("food", ((5411, 5499),)),
    _Group("restaurants", ((5811, 5814),)),
    _Group("fuel", ((5541, 5542), (5983, 5983))),
    _Group("local transport, tolls", ((4111, 4131), (4784, 4789))),
    _Group("travel", ((3000, 3999), (4411, 4722), (7011, 7033), (7512, 7519))),
    _Group("digital goods", ((5815, 5818), (4816, 4816), (4899, 4899), (7372, 7372))),
    _Group("electronics, jewellery", ((5732, 5734), (5045, 5045), (5944, 5944))),  # easily sold on
    _Group("shops", ((5200, 5399), (5600, 5699), (5912, 5999))),
    _Group("money, gambling", ((4829, 4829), (6010, 6051), (6536, 6540), (7995, 7995))),
    _Group("utilities", ((4812, 4814), (4900, 4900))),
)
"""Groups of merchant categories (ISO 18245), numbered from 0; a category belongs to the first that lists it."""


class Feature(NamedTuple):
    """One feature: the columns that it reads, what it makes of them, what it is in words, and how a value is shown."""

    name: str
    columns: tuple[str, ...]
    value: Callable[[Columns], Floats]
    words: str
    shown: Callable[[float], str]

    def told(self, value: float) -> str:
        """Return the feature of a payment in words, such as `payments of the account in 60 s: 5`."""
        return f"{self.words}: {'unknown' if isnan(value) else self.shown(value)}"


def _whole(value: float) -> str:
    return f"{value:.0f}"


def _yes_or_no(value: float) -> str:
    return "yes" if value else "no"


def _dollars(cents: float) -> str:
    return f"{cents / 100:,.2f} USD"


def _percent(share: float) -> str:
    return f"{share:.0%}"


def _as_it_is(column: str, words: str, shown: Callable[[float], str] = _whole) -> Feature:
    return Feature(column, (column,), lambda columns: columns[column], words, shown)


def _share(name: str, part: str, whole: str, words: str) -> Feature:
    return Feature(name, (part, whole), lambda columns: columns[part] / columns[whole], words, _percent)


def _ratio_to_mean(name: str, count: str, total: str, words: str) -> Feature:
    def value(columns: Columns) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):  # payments of less than half a cent add up to nothing
            return columns["amount_usd"] * columns[count] / columns[total]

    return Feature(name, ("amount_usd", count, total), value, words, lambda ratio: f"{ratio:.3g} times")


FEATURES = (
    _as_it_is("velocity_60s", "payments of the account in 60 s"),
    _as_it_is("velocity_5m", "payments of the account in 5 minutes"),
    _as_it_is("geographic_risk", "another region than before", _yes_or_no),
    _as_it_is("device_risk", "three or more devices in 5 minutes", _yes_or_no),
    _as_it_is("amount_usd", "amount", _dollars),
    _as_it_is("event_time", "hour of the day, UTC"),
    _as_it_is("merchant_category", "group of the merchant's category", lambda group: _GROUPS[int(group)].name),
    _as_it_is("card_count_1h", "payments of the card in an hour"),
    _as_it_is("card_accounts_1h", "accounts that paid with the card in an hour"),
    _as_it_is("card_small_1h", "earlier payments of the card of at most 2 USD in an hour"),
    _as_it_is("card_declines_1h", "earlier declines of the card in an hour"),
    _as_it_is("card_usd_1h", "paid with the card in an hour", _dollars),
    _as_it_is("account_usd_1h", "paid by the account in an hour", _dollars),
    _as_it_is("device_cards_1h", "cards on the device in an hour"),
    _as_it_is("device_accounts_1h", "accounts on the device in an hour"),
    _as_it_is("network_test_cards_10m", "cards tried from the network in 10 minutes"),
    _as_it_is("merchant_test_cards_10m", "cards tried at the merchant in 10 minutes"),
    _as_it_is("merchant_declined_10m", "cards declined at the merchant in 10 minutes"),
    _as_it_is("bin_test_cards_10m", "cards of the issuer's range tried in 10 minutes"),
    _as_it_is("bin_declined_10m", "cards of the issuer's range declined in 10 minutes"),
    _ratio_to_mean("amount_to_mean_1h", "card_count_1h", "card_usd_1h", "amount beside the card's mean of an hour"),
    _share(
        "merchant_declined_share",
        "merchant_declined_10m",
        "merchant_test_cards_10m",
        "share of cards tried at the merchant that were declined",
    ),
    _share(
        "bin_declined_share", "bin_declined_10m", "bin_test_cards_10m", "share of cards of the range that were declined"
    ),
)
NAMES = tuple(feature.name for feature in FEATURES)
COLUMNS = tuple(dict.fromkeys(column for feature in FEATURES for column in feature.columns))
"""The columns of `payment_transactions_fraud` that the features read."""


def features_of(scored: pa.Table) -> Floats:
    """Return the features (`NAMES`, columns) of scored payments (rows), named as they are stored."""
    columns = {name: _numbers(name, scored[name]) for name in COLUMNS}
    matrix = np.empty((len(scored), len(FEATURES)))
    for index, feature in enumerate(FEATURES):
        matrix[:, index] = feature.value(columns)
    return matrix


def _numbers(name: str, column: pa.ChunkedArray) -> Floats:
    """Return a column as whole numbers: money in cents, a time as its hour, a category as its group."""
    if name == "event_time":
        hours: Floats = (column.cast(pa.int64()).to_numpy() // _HOUR % 24).astype(np.float64)
        return hours
    if name == "merchant_category":
        return _groups(column)
    if pa.types.is_decimal(column.type):
        return _cents(column)
    numbers: Floats = column.cast(pa.float64()).to_numpy()
    return numbers


def _cents(amounts: pa.ChunkedArray) -> Floats:
    """Return whole cents: rounding undoes what a float lacks, up to ten million million dollars."""
    cents: Floats = np.rint(amounts.cast(pa.float64()).to_numpy() * 100)
    return cents


def _groups(categories: pa.ChunkedArray) -> Floats:
    encoded = categories.combine_chunks().dictionary_encode()
    groups = np.array([category_group(int(code)) for code in encoded.dictionary.to_pylist()], np.float64)
    return groups[encoded.indices.to_numpy()] if len(groups) else np.zeros(len(categories))


def category_group(category: int) -> int:
    """Return the group that a merchant category belongs to."""
    found = (
        number for number, group in enumerate(_GROUPS) if any(first <= category <= last for first, last in group.ranges)
    )
    return next(found, 0)
