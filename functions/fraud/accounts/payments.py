"""One account's payments over time: how many fell into the trailing 60 s at each moment, where from, on what."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby

import msgspec

from fraud.scoring.velocity import VELOCITY_WINDOW


class AccountPayment(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted payment as it is stored, card data masked; `amount` is exact, in units of `currency`.

    The last three are None in rows of before detections.
    """

    transaction_id: str
    event_time: datetime
    amount: Decimal
    currency: str
    receiver_account_id: str
    merchant_id: str
    merchant_category: str
    region: str
    device_id: str
    status: str
    credit_card_masked: str
    velocity_60s: int
    velocity_5m: int
    severity: str | None
    is_velocity_fraud: bool
    is_high_risk: bool
    fraud_score: int
    risk_flags: list[str]
    reason_codes: list[str] | None = None
    list_hits: list[str] | None = None
    is_alert: bool | None = None

    @property
    def raised_alert(self) -> bool:
        """Whether it raised an alert; the rows of earlier releases do not say so by themselves."""
        return self.is_velocity_fraud or self.is_high_risk if self.is_alert is None else self.is_alert


class Step(msgspec.Struct, frozen=True):
    """From `at` on, `count` payments lie in the trailing 60 s."""

    at: datetime
    count: int


class Seen(msgspec.Struct, frozen=True):
    """A device or a region, how many payments named it, and when the first and the last did."""

    name: str
    payments: int
    first: datetime
    last: datetime


def velocity_steps(moments: Iterable[datetime]) -> list[Step]:
    """Return how the number of payments in the trailing 60 s changes over time.

    A payment counts from its own moment until just before 60 s later, as the stream counts it.
    """
    changes = [change for moment in moments for change in ((moment, 1), (moment + VELOCITY_WINDOW, -1))]
    steps, count = [], 0
    for at, together in groupby(sorted(changes), key=lambda change: change[0]):
        count += sum(change for _, change in together)
        steps.append(Step(at, count))
    return steps


def totals(payments: Iterable[AccountPayment]) -> dict[str, Decimal]:
    """Return the exact sum of the amounts in each currency."""
    sums: dict[str, Decimal] = {}
    for payment in payments:
        sums[payment.currency] = sums.get(payment.currency, Decimal(0)) + payment.amount
    return dict(sorted(sums.items()))


def devices(payments: Sequence[AccountPayment]) -> list[Seen]:
    """Return the devices, the latest first."""
    return _seen([(payment.device_id, payment.event_time) for payment in payments])


def regions(payments: Sequence[AccountPayment]) -> list[Seen]:
    """Return the regions, the latest first."""
    return _seen([(payment.region, payment.event_time) for payment in payments])


def _seen(named: Sequence[tuple[str, datetime]]) -> list[Seen]:
    moments: dict[str, list[datetime]] = {}
    for name, moment in named:
        moments.setdefault(name, []).append(moment)
    places = (Seen(name, len(times), min(times), max(times)) for name, times in moments.items())
    return sorted(places, key=lambda seen: (seen.last, seen.name), reverse=True)
