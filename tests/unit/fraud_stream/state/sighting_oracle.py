"""Velocity by more keys by its definition, payment by payment: slow, and plainly what design.md says."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

SECOND = 1_000_000
HOUR, TEN_MINUTES = 3_600 * SECOND, 600 * SECOND


@dataclass(frozen=True)
class Paid:
    """One accepted payment; `at` is microseconds, `cents` US cents."""

    at: int
    card: str = "card"
    device: str = "device"
    sender: str = "sender"
    network: str = "network"
    merchant: str = "merchant"
    bin: str = "bin"
    cents: int = 1_000
    is_declined: bool = False

    @property
    def is_test_like(self) -> bool:
        """At most 5 USD, or declined."""
        return self.cents <= 500 or self.is_declined


def expected(payments: Sequence[Paid], index: int) -> dict[str, object]:
    """Return the columns of `payments[index]` among `payments`, given in order of position."""
    me = payments[index]
    so_far = [one for place, one in enumerate(payments) if (one.at, place) <= (me.at, index)]
    earlier = [one for place, one in enumerate(payments) if (one.at, place) < (me.at, index)]
    hour = [one for one in so_far if one.at > me.at - HOUR]
    hour_before = [one for one in earlier if one.at > me.at - HOUR and one.card == me.card]
    test_like = [one for one in so_far if one.at > me.at - TEN_MINUTES and one.is_test_like]
    card = [one for one in hour if one.card == me.card]
    device = [one for one in hour if one.device == me.device]

    def tested(key: str, *, declined: bool = False) -> int | None:
        alike = [one for one in test_like if getattr(one, key) == getattr(me, key) and one.is_declined >= declined]
        return len({one.card for one in alike}) if me.is_test_like else None

    return {
        "card_count_1h": len(card),
        "card_accounts_1h": len({one.sender for one in card}),
        "card_small_1h": sum(one.cents <= 200 for one in hour_before),
        "card_declines_1h": sum(one.is_declined for one in hour_before),
        "card_usd_1h": Decimal(sum(one.cents for one in card)).scaleb(-2),
        "device_cards_1h": len({one.card for one in device}),
        "device_accounts_1h": len({one.sender for one in device}),
        "account_usd_1h": Decimal(sum(one.cents for one in hour if one.sender == me.sender)).scaleb(-2),
        "network_test_cards_10m": tested("network"),
        "merchant_test_cards_10m": tested("merchant"),
        "merchant_declined_10m": tested("merchant", declined=True),
        "bin_test_cards_10m": tested("bin"),
        "bin_declined_10m": tested("bin", declined=True),
    }
