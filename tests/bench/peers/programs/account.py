"""What the peers written in Python share: a payment masked by the product's own code, and an account's memory.

Each peer keeps an `Account` a sender in its own kind of state. An account remembers ids for two hours and charges for
seven minutes, as the job does; ids are held against those of the same sender only, since a resend keeps its key.
"""

import os
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from fraud.masking.card import mask_card
from fraud.masking.key import HmacKey, KeyRing
from fraud.payments.disposition import CLOCK_TOLERANCE, DEDUPLICATION_HORIZON
from fraud.payments.event import InvalidPaymentError, parse_payment
from fraud.payments.rates import default_rates
from fraud.scoring.score import RiskFacts, ScoreRules, fraud_score, raised_flags
from fraud.scoring.velocity import LONG_WINDOW, OUT_OF_ORDER, VELOCITY_WINDOW

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HORIZON, _SHORT, _LONG = (span // _MICROSECOND for span in (DEDUPLICATION_HORIZON, VELOCITY_WINDOW, LONG_WINDOW))
_IDS_KEPT, _CHARGES_KEPT = 2 * _HORIZON, (LONG_WINDOW + OUT_OF_ORDER) // _MICROSECOND
_RULES, _RATES = ScoreRules(), default_rates()
_MANY_DEVICES, _CARD = 3, 16


class Charge(NamedTuple):
    """A masked payment that is on time; `at` in microseconds since 1970."""

    partition: int
    offset: int
    identity: str
    sender: str
    at: int
    region: str
    device: str
    is_high: bool
    card: str


def newest_key() -> HmacKey:
    """Return the key that the file named by KEYS_FILE ends with."""
    return KeyRing(msgspec.json.decode(Path(os.environ["KEYS_FILE"]).read_bytes(), type=dict[str, str])).newest


def masked(key: HmacKey, value: bytes | None, appended_ms: int, partition: int, offset: int) -> Charge | None:
    """Return what a record leaves after masking, or None where it is rejected or late."""
    try:
        payment = parse_payment(value or b"")
    except InvalidPaymentError:
        return None
    behind = _EPOCH + timedelta(milliseconds=appended_ms) - payment.event_time
    if not -CLOCK_TOLERANCE <= behind <= DEDUPLICATION_HORIZON:
        return None
    card, event = mask_card(payment, key), payment.event
    at = (payment.event_time - _EPOCH) // _MICROSECOND
    is_high = payment.amount * _RATES[event.currency] > _RULES.high_amount_usd
    who = event.transaction_id, event.sender_account_id
    return Charge(partition, offset, *who, at, event.region, event.device_id, is_high, card.card_token[:_CARD])


@dataclass(slots=True)
class Account:
    """One sender's memory, made of plain lists so that every state store can keep it."""

    ids: dict[str, list[int]] = field(default_factory=dict)
    at: list[int] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)

    def take(self, charge: Charge) -> str | None:
        """Return the result's line for a charge, or None where its id is repeated."""
        earlier = self.ids.get(charge.identity, [])
        if any(abs(charge.at - moment) < _HORIZON for moment in earlier):
            return None
        self._forget(charge.at)
        self.ids[charge.identity] = [*earlier, charge.at]
        facts = self._facts(charge)
        score = fraud_score(raised_flags(facts, _RULES), _RULES)
        return f"{charge.partition},{charge.offset},{facts.velocity_60s},{facts.velocity_5m},{score},{charge.card}"

    def _forget(self, now: int) -> None:
        for identity in [one for one, moments in self.ids.items() if moments[-1] <= now - _IDS_KEPT]:
            del self.ids[identity]
        gone = bisect_right(self.at, now - _CHARGES_KEPT)
        del self.at[:gone], self.regions[:gone], self.devices[:gone]

    def _facts(self, charge: Charge) -> RiskFacts:
        place = bisect_right(self.at, charge.at)
        self.at.insert(place, charge.at)
        self.regions.insert(place, charge.region)
        self.devices.insert(place, charge.device)
        long = bisect_right(self.at, charge.at - _LONG)
        return RiskFacts(
            amount_is_high=charge.is_high,
            velocity_60s=place + 1 - bisect_right(self.at, charge.at - _SHORT),
            velocity_5m=place + 1 - long,
            region_changed=place > long and self.regions[place - 1] != charge.region,
            devices_changed=len(set(self.devices[long : place + 1])) >= _MANY_DEVICES,
        )
