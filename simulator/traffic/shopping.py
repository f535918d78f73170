"""Ordinary payments: who pays, where, what for and how much."""

from typing import NamedTuple, TypeVar

import numpy as np

from simulator.columns import Floats, Numbers, Text, decimals
from simulator.messages.payments import Payments
from simulator.moments import DAY
from simulator.people import cards
from simulator.people.addresses import addresses
from simulator.people.population import Population, account_ids
from simulator.people.regions import CODES, CURRENCIES, FRACTION_DIGITS, minor_units_per_usd, paying_slots
from simulator.people.spending import CHOICES, MCCS, MERCHANTS, Shops, categories, prices_usd, shops
from simulator.people.statuses import statuses

_MOBILE = 0.35
_SEPARATORS: Numbers = np.repeat([cards.PLAIN, cards.DASHES, cards.SPACES], [82, 10, 8])

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
    shops: Shops
    mccs: Text


def ordinary_payments(
    population: Population, rng: np.random.Generator, transaction_ids: Text, micros: Numbers
) -> Payments:
    """Return one payment of somebody at each of the times (microseconds since 1970)."""
    chances = _Chances(*rng.random((len(_Chances._fields), len(micros))))
    accounts = population.at(paying_slots(micros, chances.slot), chances.position)
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
        receiver_account_id=bought.shops.receivers,
        region=CODES[regions],
        device_id=population.devices(accounts, chances.device),
        ip_address=addresses(regions, population.hosts(accounts), chances.network < _MOBILE),
        merchant_id=bought.shops.merchants,
        merchant_category=bought.mccs,
        user_email=population.emails(accounts),
        status=statuses(population.seed, chances.status),
    )


def _purchases(
    population: Population, rng: np.random.Generator, accounts: Numbers, regions: Numbers, chances: _Chances
) -> _Purchases:
    chosen = categories(population.personas(accounts), (chances.category * CHOICES).astype(np.int64))
    prices = prices_usd(chosen, rng.standard_normal(len(accounts))) * population.means(accounts)
    minor_units = np.maximum(1, np.rint(prices * minor_units_per_usd()[regions])).astype(np.int64)
    # Squared: of the merchants in a category, some are far more popular than others.
    numbers = (chances.merchant**2 * MERCHANTS).astype(np.int64)
    amounts = decimals(minor_units, FRACTION_DIGITS[regions])
    return _Purchases(amounts, shops(regions, chosen, numbers), MCCS[chosen])


def _pick(column: Column, chances: Floats) -> Column:
    return column[(chances * len(column)).astype(np.int64)]
