"""Ordinary payments: who pays, where, what for and how much."""

from functools import cache
from typing import NamedTuple, TypeVar

import numpy as np

from simulator.columns import Floats, Numbers, Text, decimals, digits, join
from simulator.messages.payments import Payments
from simulator.moments import DAY, HOUR
from simulator.people import cards
from simulator.people.addresses import addresses
from simulator.people.population import Population, account_ids
from simulator.people.regions import CODES, CURRENCIES, FRACTION_DIGITS, hourly_activity, minor_units_per_usd
from simulator.people.spending import CHOICES, MCCS, MERCHANTS, categories, prices_usd

_MOBILE = 0.35
_STATUSES: Text = np.repeat(np.array([b"PENDING", b"APPROVED", b"DECLINED"]), [85, 14, 1])
_SEPARATORS: Numbers = np.repeat([cards.PLAIN, cards.DASHES, cards.SPACES], [82, 10, 8])
_SLOT_CHOICES = 4096

Column = TypeVar("Column", Text, Numbers)


class _Chances(NamedTuple):
    """Numbers in [0, 1), one of each for every payment of a block."""

    slot: Floats
    position: Floats
    category: Floats
    merchant: Floats
    card: Floats
    writing: Floats
    device: Floats
    network: Floats
    status: Floats


class _Purchases(NamedTuple):
    amounts: Text
    merchants: Text
    receivers: Text
    mccs: Text


def ordinary_payments(
    population: Population, rng: np.random.Generator, transaction_ids: Text, micros: Numbers
) -> Payments:
    """Return one payment of somebody at each of the times (microseconds since 1970)."""
    chances = _Chances(*rng.random((len(_Chances._fields), len(micros))))
    accounts = population.at(_slots(micros, chances.slot), chances.position)
    regions = population.whereabouts(accounts, micros // DAY)
    bought = _purchases(population, rng, accounts, regions, chances)
    paid_with = population.cards(accounts, chances.card)
    return Payments(
        transaction_id=transaction_ids,
        event_time=micros,
        amount=bought.amounts,
        currency=CURRENCIES[regions],
        credit_card=cards.written(paid_with.numbers, paid_with.ranges, _pick(_SEPARATORS, chances.writing)),
        cvv=paid_with.cvvs,
        card_expiry=paid_with.expiries,
        sender_account_id=account_ids(accounts),
        receiver_account_id=bought.receivers,
        region=CODES[regions],
        device_id=population.devices(accounts, chances.device),
        ip_address=addresses(regions, population.hosts(accounts), chances.network < _MOBILE),
        merchant_id=bought.merchants,
        merchant_category=bought.mccs,
        user_email=population.emails(accounts),
        status=_pick(_STATUSES, chances.status),
    )


def _purchases(
    population: Population, rng: np.random.Generator, accounts: Numbers, regions: Numbers, chances: _Chances
) -> _Purchases:
    chosen = categories(population.personas(accounts), (chances.category * CHOICES).astype(np.int64))
    prices = prices_usd(chosen, rng.standard_normal(len(accounts))) * population.means(accounts)
    minor_units = np.maximum(1, np.rint(prices * minor_units_per_usd()[regions])).astype(np.int64)
    # Squared: of the merchants in a category, some are far more popular than others.
    merchants = digits((chances.merchant**2 * MERCHANTS).astype(np.int64), 4)
    place = join(CODES[regions], b"_", MCCS[chosen], b"_", merchants)
    amounts = decimals(minor_units, FRACTION_DIGITS[regions])
    return _Purchases(amounts, join(b"MER_", place), join(b"ACQ_", place), MCCS[chosen])


def _slots(micros: Numbers, chances: Floats) -> Numbers:
    return _slot_choices()[micros // HOUR % 24, (chances * _SLOT_CHOICES).astype(np.int64)]


@cache
def _slot_choices() -> Numbers:
    """For each hour of UTC (rows), slots in proportion to how much each then pays."""
    cumulated = np.cumsum(hourly_activity(), axis=1)
    steps = (np.arange(_SLOT_CHOICES) + 0.5) / _SLOT_CHOICES
    return np.array([np.searchsorted(hour, steps * hour[-1]) for hour in cumulated], dtype=np.int64)


def _pick(column: Column, chances: Floats) -> Column:
    return column[(chances * len(column)).astype(np.int64)]
