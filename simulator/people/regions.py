"""Regions: their currency, clock, share of the accounts and the hours in which people there pay."""

from functools import cache
from typing import NamedTuple

import numpy as np

from fraud.payments.money import MINOR_DIGITS
from fraud.payments.rates import default_rates
from simulator.columns import Floats, Numbers, Text
from simulator.moments import HOUR


class Region(NamedTuple):
    """A market: `slots` sixty-fourths of all accounts live there, `utc_offset` is in minutes."""

    code: str
    currency: str
    utc_offset: int
    slots: int


REGIONS = (
    Region("US", "USD", -300, 16),
    Region("CA", "CAD", -300, 3),
    Region("BR", "BRL", -180, 6),
    Region("GB", "GBP", 0, 5),
    Region("DE", "EUR", 60, 6),
    Region("FR", "EUR", 60, 5),
    Region("KW", "KWD", 180, 1),
    Region("IN", "INR", 330, 8),
    Region("SG", "SGD", 480, 2),
    Region("JP", "JPY", 540, 6),
    Region("AU", "AUD", 600, 3),
    Region("MX", "MXN", -360, 3),
)
SLOTS = 64
_SLOT_CHOICES = 4096

# Share of a day's payments by local hour: asleep before six, peaks at lunch and after work.
_RHYTHM = np.array([3, 2, 1, 1, 1, 2, 5, 10, 14, 15, 16, 19, 24, 21, 17, 17, 19, 24, 26, 22, 17, 13, 9, 5], dtype=float)

CODES: Text = np.array([region.code.encode() for region in REGIONS])
CURRENCIES: Text = np.array([region.currency.encode() for region in REGIONS])
FRACTION_DIGITS: Numbers = np.array([MINOR_DIGITS[region.currency] for region in REGIONS], dtype=np.int64)
REGION_OF_SLOT: Numbers = np.repeat(np.arange(len(REGIONS)), [region.slots for region in REGIONS]).astype(np.int64)


@cache
def minor_units_per_usd() -> Floats:
    """Return how many minor units of its currency a US dollar buys in each region: a price level, not a settlement."""
    rates = default_rates()
    return np.array([float(10 ** MINOR_DIGITS[region.currency] / rates[region.currency]) for region in REGIONS])


def hourly_activity() -> Floats:
    """Return how much is paid in each hour of UTC (rows) by each slot of accounts (columns)."""
    offsets = np.array([region.utc_offset for region in REGIONS])[REGION_OF_SLOT]
    local_hours = (np.arange(24)[:, None] * 60 + offsets[None, :]) // 60 % 24
    activity: Floats = _RHYTHM[local_hours]
    return activity


def paying_slots(micros: Numbers, chances: Floats) -> Numbers:
    """Return the slot of somebody who pays at each time (microseconds since 1970), by chances in [0, 1)."""
    return _slot_choices()[micros // HOUR % 24, (chances * _SLOT_CHOICES).astype(np.int64)]


@cache
def _slot_choices() -> Numbers:
    """For each hour of UTC (rows), slots in proportion to how much each then pays."""
    cumulated = np.cumsum(hourly_activity(), axis=1)
    steps = (np.arange(_SLOT_CHOICES) + 0.5) / _SLOT_CHOICES
    return np.array([np.searchsorted(hour, steps * hour[-1]) for hour in cumulated], dtype=np.int64)


def region_number(code: str) -> int:
    """Return the position of a region in REGIONS; raises ValueError for a code that is none."""
    return [region.code for region in REGIONS].index(code)
