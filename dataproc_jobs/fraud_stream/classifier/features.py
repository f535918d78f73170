"""What the classifier knows of a payment: one definition for training, back-test and stream.

Each feature is a whole number, or one division of two of them, so that a column of many payments gives bit for bit what
each payment gives by itself. A feature reads no identifier, no token and not the payment's own status: the first would
be learnt by heart, the last is what the issuer has found out already. A null is a NaN, which the trees know.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Floats = npt.NDArray[np.float64]
Columns = Mapping[str, Floats]

_HOUR = 3_600_000_000


class Feature(NamedTuple):
    """One feature: the columns that it reads, what it makes of them, and what it is in words."""

    name: str
    columns: tuple[str, ...]
    value: Callable[[Columns], Floats]
    words: str


def _as_it_is(column: str, words: str) -> Feature:
    return Feature(column, (column,), lambda columns: columns[column], words)


def _share(name: str, part: str, whole: str, words: str) -> Feature:
    return Feature(name, (part, whole), lambda columns: columns[part] / columns[whole], words)


def _ratio_to_mean(name: str, count: str, total: str, words: str) -> Feature:
    def value(columns: Columns) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):  # payments of less than half a cent add up to nothing
            return columns["amount_usd"] * columns[count] / columns[total]

    return Feature(name, ("amount_usd", count, total), value, words)


FEATURES = (
    _as_it_is("velocity_60s", "payments of the account in 60 s"),
    _as_it_is("velocity_5m", "payments of the account in 5 minutes"),
    _as_it_is("geographic_risk", "another region than before"),
    _as_it_is("device_risk", "three or more devices in 5 minutes"),
    _as_it_is("amount_usd", "amount in US cents"),
    _as_it_is("event_time", "hour of the day, UTC"),
    _as_it_is("merchant_category", "group of the merchant's category"),
    _as_it_is("card_count_1h", "payments of the card in an hour"),
    _as_it_is("card_accounts_1h", "accounts that paid with the card in an hour"),
    _as_it_is("card_small_1h", "earlier payments of the card of at most 2 USD in an hour"),
    _as_it_is("card_declines_1h", "earlier declines of the card in an hour"),
    _as_it_is("card_usd_1h", "US cents paid with the card in an hour"),
    _as_it_is("account_usd_1h", "US cents paid by the account in an hour"),
    _as_it_is("device_cards_1h", "cards on the device in an hour"),
    _as_it_is("device_accounts_1h", "accounts on the device in an hour"),
    _as_it_is("network_test_cards_10m", "cards tried from the network in 10 minutes"),
    _as_it_is("merchant_test_cards_10m", "cards tried at the merchant in 10 minutes"),
    _as_it_is("merchant_declined_10m", "of these declined"),
    _as_it_is("bin_test_cards_10m", "cards of the issuer's range tried in 10 minutes"),
    _as_it_is("bin_declined_10m", "of these declined"),
    _ratio_to_mean("amount_to_mean_1h", "card_count_1h", "card_usd_1h", "amount beside the card's mean of an hour"),
    _share("merchant_declined_share", "merchant_declined_10m", "merchant_test_cards_10m", "share declined there"),
    _share("bin_declined_share", "bin_declined_10m", "bin_test_cards_10m", "share of the range declined"),
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


class _Group(NamedTuple):
    first: int
    last: int


_GROUPS = (
    (_Group(5411, 5499),),  # 1: food
    (_Group(5811, 5814),),  # 2: restaurants
    (_Group(5541, 5542), _Group(5983, 5983)),  # 3: fuel
    (_Group(4111, 4131), _Group(4784, 4789)),  # 4: local transport, tolls
    (_Group(3000, 3999), _Group(4411, 4722), _Group(7011, 7033), _Group(7512, 7519)),  # 5: travel
    (_Group(5815, 5818), _Group(4816, 4816), _Group(4899, 4899), _Group(7372, 7372)),  # 6: digital goods
    (_Group(5732, 5734), _Group(5045, 5045), _Group(5944, 5944)),  # 7: electronics, jewellery: easily sold on
    (_Group(5200, 5399), _Group(5600, 5699), _Group(5912, 5999)),  # 8: shops
    (_Group(4829, 4829), _Group(6010, 6051), _Group(6536, 6540), _Group(7995, 7995)),  # 9: money, and games for it
    (_Group(4812, 4814), _Group(4900, 4900)),  # 10: utilities
)
"""Groups of merchant categories (ISO 18245), numbered from 1; 0 is any other."""


def _groups(categories: pa.ChunkedArray) -> Floats:
    encoded = categories.combine_chunks().dictionary_encode()
    groups = np.array([category_group(int(code)) for code in encoded.dictionary.to_pylist()], np.float64)
    return groups[encoded.indices.to_numpy()] if len(groups) else np.zeros(len(categories))


def category_group(category: int) -> int:
    """Return the group that a merchant category belongs to."""
    found = (
        number
        for number, ranges in enumerate(_GROUPS, 1)
        if any(group.first <= category <= group.last for group in ranges)
    )
    return next(found, 0)
