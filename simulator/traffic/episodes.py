"""Scripted episodes on top of ordinary traffic: two attacks, and a burst of purchases that only looks like one.

Identifiers and times follow from seed and start alone. Charge n (from 1) of episode e (from 0) has the transaction_id
`TXN_<run>_<code>_<e>_<n>`, where run is `run_id(seed, start)`, and is due at start + e x `Script.seconds` + its
offset. Episode e happens to account `ACC_<Script.first_account + e>`.
"""

from hashlib import sha256
from typing import NamedTuple

import numpy as np

from simulator.columns import Numbers, Text
from simulator.messages.block import Block
from simulator.messages.payments import Payments
from simulator.messages.truth import CODE_OF, Label, Truth
from simulator.moments import SECOND
from simulator.people import cards
from simulator.people.addresses import addresses
from simulator.people.population import Population
from simulator.people.regions import region_number


class Charge(NamedTuple):
    """One charge in US dollars, `offset` seconds into its episode. Device 0 is the account holder's own."""

    offset: int
    amount: str
    mcc: str
    region: str = "US"
    device: int = 0


class Script(NamedTuple):
    """What happens in each episode of a scenario; `seconds` lie between one episode and the next."""

    label: Label
    code: str
    first_account: int
    seconds: int
    charges: tuple[Charge, ...]


# A stolen card is tried with small charges, then used: the fourth and fifth charge within a minute give it away.
CARD_TESTING = Script(
    label=Label.CARD_TESTING,
    code="CT",
    first_account=100,
    seconds=60,
    charges=(
        *(Charge(offset, "1.00", "5815", device=1) for offset in (5, 15, 25, 35, 45)),
        Charge(55, "5000.00", "5732", device=1),
    ),
)

# A customer at a shopping mall: as fast as the attack, but in the usual place, on the usual phone, for usual things.
LEGITIMATE_BURST = Script(
    label=Label.LEGITIMATE_BURST,
    code="LB",
    first_account=200,
    seconds=60,
    charges=(
        Charge(5, "4.50", "5814"),
        Charge(20, "12.00", "5812"),
        Charge(35, "45.00", "5651"),
        Charge(45, "35.00", "5541"),
    ),
)

# After three charges of the holder at home, the account is used from elsewhere on new devices, for ever more.
ACCOUNT_TAKEOVER = Script(
    label=Label.ACCOUNT_TAKEOVER,
    code="AT",
    first_account=300,
    seconds=180,
    charges=(
        Charge(5, "23.10", "5411"),
        Charge(65, "4.20", "5814"),
        Charge(110, "18.75", "5912"),
        Charge(130, "49.99", "5815", region="BR", device=1),
        Charge(138, "199.00", "5732", region="BR", device=1),
        Charge(146, "899.00", "5732", region="BR", device=2),
        Charge(154, "2400.00", "5732", region="BR", device=2),
        Charge(162, "6500.00", "4511", region="BR", device=2),
    ),
)

SCRIPTS = {script.label: script for script in (CARD_TESTING, LEGITIMATE_BURST, ACCOUNT_TAKEOVER)}
MOST_EPISODES = 100
"""Each script has a hundred account numbers."""


def run_id(seed: int, start: int) -> str:
    """Return eight hexadecimal digits for a seed and a start in microseconds since 1970."""
    return sha256(f"{seed}|{start}".encode()).hexdigest()[:8]


def episode_block(script: Script, episodes: int, population: Population, start: int) -> Block:
    """Return every charge of the episodes of one script, in order."""
    due = np.array([(e * script.seconds + c.offset) * SECOND for e in range(episodes) for c in script.charges])
    payments = _payments(script, episodes, population, start, due.astype(np.int64))
    truths = np.full(len(due), CODE_OF[Truth(script.label)], dtype=np.uint8)
    return Block(due, [*payments.keys()], [*payments.values()], truths)


def _payments(script: Script, episodes: int, population: Population, start: int, due: Numbers) -> Payments:
    charges = script.charges * episodes
    accounts = np.repeat(script.first_account + np.arange(episodes, dtype=np.int64), len(script.charges))
    devices = np.array([charge.device for charge in charges], dtype=np.int64)
    regions = np.array([region_number(charge.region) for charge in charges], dtype=np.int64)
    paid_with = population.cards(accounts, np.ones(len(accounts)))
    merchants = [f"{charge.region}_{charge.mcc}_0001" for charge in charges]
    return Payments(
        transaction_id=_text(_transaction_ids(script, episodes, run_id(population.seed, start))),
        event_time=start + due,
        amount=_text([charge.amount for charge in charges]),
        currency=_text(["USD"] * len(charges)),
        credit_card=cards.written(paid_with.numbers, paid_with.ranges, np.zeros_like(accounts)),
        cvv=paid_with.cvvs,
        card_expiry=paid_with.expiries,
        sender_account_id=_text([f"ACC_{account}" for account in accounts]),
        receiver_account_id=_text([f"ACQ_{merchant}" for merchant in merchants]),
        region=_text([charge.region for charge in charges]),
        device_id=population.device(accounts, devices),
        ip_address=addresses(regions, population.hosts(accounts) + devices, devices > 0),
        merchant_id=_text([f"MER_{merchant}" for merchant in merchants]),
        merchant_category=_text([charge.mcc for charge in charges]),
        user_email=_text([""] * len(charges)),
        status=_text(["PENDING"] * len(charges)),
    )


def _transaction_ids(script: Script, episodes: int, run: str) -> list[str]:
    numbers = range(1, len(script.charges) + 1)
    return [f"TXN_{run}_{script.code}_{episode}_{number}" for episode in range(episodes) for number in numbers]


def _text(values: list[str]) -> Text:
    return np.array([value.encode() for value in values])
