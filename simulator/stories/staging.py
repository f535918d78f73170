"""Episodes as payments: who pays, where, on what and with which card.

People, shops, devices and addresses are drawn as for ordinary payments, so that nothing an episode is called tells it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simulator.columns import Floats, Numbers, Text, decimals
from simulator.messages.block import EMPTY, Block
from simulator.messages.payments import Payments
from simulator.messages.truth import CODE_OF, Truth
from simulator.moments import DAY, SECOND
from simulator.people import cards
from simulator.people.addresses import addresses
from simulator.people.draws import bits, draw
from simulator.people.population import Cards, Population, account_ids
from simulator.people.regions import CODES, CURRENCIES, FRACTION_DIGITS, REGIONS, minor_units_per_usd, paying_slots
from simulator.people.spending import MCCS, MERCHANTS, category_number, shops
from simulator.people.statuses import statuses
from simulator.people.transactions import transaction_ids
from simulator.stories.base_rate import Told
from simulator.stories.episode import OWN, Charge

_STRANGERS = 10**9
"""Numbers of what belongs to no account of a population."""

_STARTS = 1 << 30
"""Runs of one seed that start at different times meet different strangers."""

_THINGS = 1 << 10
"""Accounts, cards, devices, networks and merchants of one episode are numbered below it."""

_MOBILE = 0.35


class Numbering(NamedTuple):
    """What the transaction ids of a run's episodes are made of."""

    run: str
    first: int


def staged(tales: Sequence[Told], begins: Numbers, population: Population, start: int, numbering: Numbering) -> Block:
    """Return the payments of episodes that begin so many microseconds after a start, in order."""
    if not tales:
        return EMPTY
    cast = _Cast(tales, begins, population, start)
    numbers = numbering.first + np.arange(len(cast.due), dtype=np.int64)
    payments = cast.payments(transaction_ids(numbering.run, numbers))
    codes = [CODE_OF[Truth(tale.label)] for tale in tales]
    truths = np.array(codes, dtype=np.uint8)[cast.episode]
    return Block(cast.due, [*payments.keys()], [*payments.values()], truths).in_order()


class _Cast:
    """The charges of episodes by column, and who plays in them."""

    def __init__(self, tales: Sequence[Told], begins: Numbers, population: Population, start: int) -> None:
        self._population = population
        self._charges = [charge for tale in tales for charge in tale.episode.charges]
        sizes = [len(tale.episode.charges) for tale in tales]
        self.episode: Numbers = np.repeat(np.arange(len(tales), dtype=np.int64), sizes)
        offsets = np.rint(np.array([charge.at for charge in self._charges]) * SECOND).astype(np.int64)
        self.due: Numbers = begins[self.episode] + offsets
        self._at = start + self.due
        self._unique = _STRANGERS + start % _STARTS + self.episode
        self._guessed = np.repeat([tale.episode.one_bin for tale in tales], sizes)
        numbers = start % _STARTS + np.arange(len(tales), dtype=np.int64)
        self._slots = paying_slots(start + begins, self._chances("slot", numbers))
        self._accounts = self._people("payer")

    def payments(self, ids: Text) -> Payments:
        """Return the charges as payments under these ids."""
        people, regions = self._population, self._regions()
        chosen = np.array([category_number(charge.mcc) for charge in self._charges], dtype=np.int64)
        merchants = (self._chances("merchant", self._things("merchant")) ** 2 * MERCHANTS).astype(np.int64)
        bought, paid_with = shops(regions, chosen, merchants), self._cards()
        return Payments(
            transaction_id=ids,
            event_time=self._at,
            amount=self._amounts(regions),
            currency=CURRENCIES[regions],
            credit_card=cards.written(paid_with.numbers, paid_with.ranges, np.zeros_like(regions)),
            cvv=paid_with.cvvs,
            card_expiry=paid_with.expiries,
            sender_account_id=account_ids(self._accounts),
            receiver_account_id=bought.receivers,
            region=CODES[regions],
            device_id=self._devices(),
            ip_address=self._addresses(regions),
            merchant_id=bought.merchants,
            merchant_category=MCCS[chosen],
            user_email=people.emails(self._accounts),
            status=self._statuses(),
        )

    def _numbers(self, name: str) -> Numbers:
        return np.array([getattr(charge, name) for charge in self._charges], dtype=np.int64)

    def _things(self, name: str) -> Numbers:
        """Return what an episode brings along, numbered over all episodes and unlike any account."""
        return self._unique * _THINGS + self._numbers(name)

    def _chances(self, purpose: str, numbers: Numbers) -> Floats:
        return bits(draw(self._population.seed, f"story {purpose}", numbers), 0, 40) / 2**40

    def _people(self, name: str) -> Numbers:
        """Return accounts; those of one episode live in one region."""
        return self._population.at(self._slots[self.episode], self._chances("account", self._things(name)))

    def _regions(self) -> Numbers:
        home = self._population.whereabouts(self._accounts, self._at // DAY)
        shift = 1 + (self._chances("abroad", self._unique) * (len(REGIONS) - 1)).astype(np.int64)
        return np.where([charge.abroad for charge in self._charges], (home + shift) % len(REGIONS), home)

    def _amounts(self, regions: Numbers) -> Text:
        means = np.where([charge.habitual for charge in self._charges], self._population.means(self._accounts), 1.0)
        usd = np.array([charge.usd for charge in self._charges]) * means
        units = np.maximum(1, np.rint(usd * minor_units_per_usd()[regions])).astype(np.int64)
        return decimals(units, FRACTION_DIGITS[regions])

    def _cards(self) -> Cards:
        is_own = self._numbers("card") == OWN
        holders = np.where(is_own, self._accounts, self._people("card"))
        held = self._population.cards(holders, np.ones(len(holders)))
        issuers = draw(self._population.seed, "story issuer", self._unique)
        ranges = np.where(self._guessed, cards.range_of(bits(issuers, 0, 6)), held.ranges)
        guesses = bits(draw(self._population.seed, "story guess", self._things("payer")), 0, 40) % 100_000
        guessed = cards.guessed_numbers(guesses, ranges, bits(issuers, 6, 24) % 10_000)
        cvvs = cards.cvvs(bits(draw(self._population.seed, "story cvv", self._things("payer")), 0, 16), ranges)
        numbers = np.where(self._guessed, guessed, held.numbers)
        return Cards(numbers, ranges, np.where(self._guessed, cvvs, held.cvvs), held.expiries)

    def _devices(self) -> Text:
        others = self._population.device(self._things("device"), np.zeros_like(self.due))
        mine = self._population.devices(self._accounts, self._chances("occasion", self._things("payer")))
        return np.where(self._numbers("device") == OWN, mine, others)

    def _addresses(self, regions: Numbers) -> Text:
        is_own, networks = self._numbers("network") == OWN, self._things("network")
        elsewhere = bits(draw(self._population.seed, "story host", networks), 0, 31)
        mobile = np.where(is_own, self._chances("mobile", self.due), self._chances("mobile", networks)) < _MOBILE
        return addresses(regions, np.where(is_own, self._population.hosts(self._accounts), elsewhere), mobile)

    def _statuses(self) -> Text:
        ordinary = statuses(self._population.seed, self._chances("status", self.due * 1_000 + self.episode))
        pairs = zip(self._charges, ordinary.tolist(), strict=True)
        return np.array([_status(charge, usual) for charge, usual in pairs])


def _status(charge: Charge, usual: bytes) -> bytes:
    if charge.declined is None:
        return usual
    return b"DECLINED" if charge.declined else b"PENDING"
