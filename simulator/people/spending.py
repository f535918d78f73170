"""What people buy: merchant categories with their prices, and the habits by which personas choose among them."""

from typing import NamedTuple

import numpy as np

from simulator.columns import Floats, Numbers, Text, digits, join
from simulator.people.draws import bits, draw


class Category(NamedTuple):
    """A merchant category (ISO 18245): amounts are log-normal around a median in US dollars."""

    mcc: str
    median_usd: float
    spread: float


CATEGORIES = (
    Category("5411", 38.0, 0.75),  # groceries
    Category("5812", 27.0, 0.60),  # restaurants
    Category("5814", 6.5, 0.45),  # coffee and fast food
    Category("5541", 42.0, 0.35),  # fuel
    Category("5912", 18.0, 0.60),  # pharmacies
    Category("4111", 3.0, 0.40),  # local transport
    Category("5651", 64.0, 0.70),  # clothing
    Category("5732", 190.0, 0.95),  # electronics
    Category("5815", 9.0, 0.50),  # digital media
    Category("4511", 310.0, 0.70),  # airlines
    Category("7011", 165.0, 0.65),  # hotels
    Category("4900", 85.0, 0.50),  # utilities
)

# Percent of a persona's payments by category, in the order above.
_PERSONAS = {
    "family": (34, 9, 8, 13, 9, 2, 10, 3, 3, 1, 1, 7),
    "commuter": (16, 12, 25, 8, 4, 20, 4, 2, 8, 0, 0, 1),
    "student": (20, 10, 28, 2, 3, 16, 7, 2, 11, 1, 0, 0),
    "retired": (38, 12, 6, 9, 17, 4, 5, 1, 1, 1, 1, 5),
    "traveller": (8, 24, 16, 8, 3, 13, 4, 2, 4, 8, 9, 1),
    "online": (12, 6, 7, 2, 4, 3, 20, 11, 27, 3, 2, 3),
    "driver": (18, 11, 14, 33, 5, 0, 5, 3, 4, 1, 1, 5),
    "night owl": (14, 25, 24, 5, 3, 9, 6, 3, 10, 1, 0, 0),
}
PERSONAS = len(_PERSONAS)
CHOICES = 100
"""A choice of category is a number below it."""

MERCHANTS = 10_000
"""Merchants of one category in one region."""

MCCS: Text = np.array([category.mcc.encode() for category in CATEGORIES])
_HABITS: Numbers = np.array([np.repeat(np.arange(len(CATEGORIES)), shares) for shares in _PERSONAS.values()])
_MEDIANS = np.array([category.median_usd for category in CATEGORIES])
_SPREADS = np.array([category.spread for category in CATEGORIES])


_MERCHANT_NUMBERS = 10**9


class Shops(NamedTuple):
    """Merchants and the accounts that they are paid to, as columns."""

    merchants: Text
    receivers: Text


def shops(regions: Numbers, chosen: Numbers, numbers: Numbers) -> Shops:
    """Return the shops of these numbers in a category of a region; what they are called tells nothing of either."""
    places = (regions * len(CATEGORIES) + chosen) * MERCHANTS + numbers
    name = digits(bits(draw(0, "merchant", places), 0, 62) % _MERCHANT_NUMBERS, 9)
    return Shops(join(b"MER_", name), join(b"ACQ_", name))


def mean_price_usd() -> float:
    """Return the expected list price of an ordinary payment, in US dollars."""
    shares = np.array(list(_PERSONAS.values())).mean(axis=0) / CHOICES
    return float(shares @ (_MEDIANS * np.exp(_SPREADS**2 / 2)))


def category_number(mcc: str) -> int:
    """Return the position of a category in CATEGORIES; raises ValueError for a code that is none of them."""
    return [category.mcc for category in CATEGORIES].index(mcc)


def categories(personas: Numbers, choices: Numbers) -> Numbers:
    """Return the category that each persona pays in."""
    return _HABITS[personas, choices]


def prices_usd(chosen: Numbers, deviations: Floats) -> Floats:
    """Return list prices, in US dollars, from standard normal deviations."""
    return _MEDIANS[chosen] * np.exp(_SPREADS[chosen] * deviations)
