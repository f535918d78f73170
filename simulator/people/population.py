"""The people who pay: accounts with a home, devices, cards, habits and sometimes an e-mail address.

Nothing is stored: all is drawn from the seed and the account's number, so two runs of one seed meet the same people.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from faker import Faker

from simulator.columns import Floats, Numbers, Text, choose, digits, hexadecimal, join
from simulator.errors import OptionError
from simulator.people import cards
from simulator.people.draws import Words, bits, draw
from simulator.people.regions import REGION_OF_SLOT, REGIONS, SLOTS
from simulator.people.spending import PERSONAS

FIRST_ACCOUNT = 100_000_000
LARGEST = 400_000_000
"""Most accounts of a population: FIRST_ACCOUNT + LARGEST accounts with two cards each are cards.HOLDERS."""

_MANDELBROT = 0.05  # the busiest account pays 6.6 times as often as the average one, the idlest 0.3 times
_DAYS = 100_000
_SECOND_DEVICE_USE, _SECOND_CARD_USE = 0.2, 0.3
_HAVE_EMAIL = 3  # accounts in eight
_DOMAINS: Text = np.array([b"@example.com", b"@example.org", b"@example.net", b"@mail.example"])
_LOCALES = ["en_US", "en_GB", "de_DE", "fr_FR", "pt_BR", "ja_JP", "es_MX", "en_IN"]


class Cards(NamedTuple):
    """Columns of cards: `numbers` as integers, and the ranges they are of."""

    numbers: Numbers
    ranges: Numbers
    cvvs: Text
    expiries: Text


@dataclass(frozen=True)
class Population:
    """The accounts of one seed; cards expire in the years after `year`."""

    seed: int
    size: int
    year: int

    def __post_init__(self) -> None:
        """Refuse a size that cannot be: raises OptionError that names `accounts`."""
        if not SLOTS <= self.size <= LARGEST:
            raise OptionError(f"accounts must be between {SLOTS} and {LARGEST:,}, not {self.size:,}")

    def at(self, slots: Numbers, positions: Floats) -> Numbers:
        """Return the accounts at positions in [0, 1) of slots: Zipf-Mandelbrot with exponent 1, so few are busy."""
        ranked = _MANDELBROT * np.exp(positions * np.log1p(1 / _MANDELBROT)) - _MANDELBROT
        ranks = (ranked * (self.size // SLOTS)).astype(np.int64)
        accounts: Numbers = FIRST_ACCOUNT + ranks * SLOTS + slots
        return accounts

    def whereabouts(self, accounts: Numbers, days: Numbers) -> Numbers:
        """Return the region an account is in on a day: its home, or one day in 128 a journey."""
        journeys = draw(self.seed, "journey", accounts * _DAYS + days)
        away = bits(journeys, 0, 7) == 0
        return np.where(away, bits(journeys, 8, 32) % len(REGIONS), REGION_OF_SLOT[accounts % SLOTS])

    def personas(self, accounts: Numbers) -> Numbers:
        """Return each account's persona."""
        return bits(self._traits(accounts), 0, 16) % PERSONAS

    def means(self, accounts: Numbers) -> Floats:
        """Return how much more (to 2) or less (to 1/2) than the list price an account tends to spend."""
        return np.exp2(bits(self._traits(accounts), 16, 8) / 127.5 - 1)

    def devices(self, accounts: Numbers, occasions: Floats) -> Text:
        """Return the device used on occasions in [0, 1): mostly the first, else the second if there is one."""
        owns_two = bits(self._traits(accounts), 24, 1)
        return self.device(accounts, owns_two * (occasions < _SECOND_DEVICE_USE))

    def device(self, accounts: Numbers, which: Numbers) -> Text:
        """Return the identifier of one device of each account."""
        return join(b"DEV_", hexadecimal(bits(draw(self.seed, "device", accounts * 16 + which), 0, 48), 12))

    def cards(self, accounts: Numbers, occasions: Floats) -> Cards:
        """Return the card used on occasions in [0, 1): mostly the first, else the second if there is one."""
        owns_two = bits(self._traits(accounts), 25, 2) == 0
        holders = accounts * 2 + (owns_two & (occasions < _SECOND_CARD_USE))
        traits = draw(self.seed, "card", holders)
        ranges = cards.range_of(bits(traits, 0, 6))
        cvvs, expiries = cards.cvvs(bits(traits, 8, 16), ranges), cards.expiries(bits(traits, 24, 16), self.year)
        return Cards(cards.card_numbers(holders, ranges), ranges, cvvs, expiries)

    def hosts(self, accounts: Numbers) -> Numbers:
        """Return the number of each account's network connection."""
        return bits(self._traits(accounts), 32, 31)

    def emails(self, accounts: Numbers) -> Text:
        """Return the e-mail address of the three accounts in eight that gave one, and nothing for the others."""
        traits = self._traits(accounts)
        handles = _handles()[bits(traits, 40, 20) % len(_handles())]
        address = join(handles, digits(accounts % 10_000, 4), _DOMAINS[bits(traits, 27, 2)])
        return choose(bits(traits, 29, 3) < _HAVE_EMAIL, address)

    def _traits(self, accounts: Numbers) -> Words:
        return draw(self.seed, "traits", accounts)


def account_ids(accounts: Numbers) -> Text:
    """Return account identifiers; those below 1,000 are of the people in scenarios."""
    return join(b"ACC_", digits(accounts, 9))


@cache
def _handles() -> Text:
    """Names that people choose: the same ones in every run, whatever its seed."""
    faker = Faker(_LOCALES)
    faker.seed_instance(0)
    return np.array([faker.user_name().encode() for _ in range(512)])
