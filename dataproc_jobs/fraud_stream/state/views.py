"""The keys by which payments are looked at beside their account, and what is counted of each.

A further key is a further view: its number stands in state and is never given to another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b

import numpy as np
import pyarrow as pa

from fraud_stream.state.aggregate import USD, Aggregate, Mark, Trailing
from fraud_stream.state.run import Int64s
from fraud_stream.state.window import microseconds

HOUR, TEN_MINUTES = timedelta(hours=1), timedelta(minutes=10)


@dataclass(frozen=True)
class View:
    """One key of a payment, the window that looks back by it, and the columns that it gives.

    `key`, `value` and `other` name hashes of the payment; where `mark` is given, only payments that carry it are seen,
    and the columns of all others are null.
    """

    number: int
    key: str
    window: timedelta
    columns: Mapping[str, Aggregate] = field(hash=False)
    value: str | None = None
    other: str | None = None
    mark: Mark | None = None

    @property
    def width(self) -> int:
        """The window in microseconds."""
        return microseconds(self.window)

    @property
    def salt(self) -> np.uint64:
        """What sets this view's keys apart from the same text under another."""
        return np.uint64(int.from_bytes(blake2b(self.key.encode(), digest_size=8).digest(), "little"))

    @property
    def schema(self) -> pa.Schema:
        """What is told of a payment: its position, and the columns."""
        return pa.schema([("partition", pa.int32()), ("offset", pa.int64()), *self.fields])

    @property
    def fields(self) -> list[pa.Field]:
        """The columns and their types."""
        return [
            pa.field(name, USD if aggregate is Trailing.usd else pa.int64()) for name, aggregate in self.columns.items()
        ]


def _declined(seen: Trailing) -> Int64s:
    return seen.values(Mark.DECLINED)


VIEWS = (
    View(
        0,
        "card",
        HOUR,
        {
            "card_count_1h": Trailing.payments,
            "card_accounts_1h": Trailing.values,
            "card_small_1h": lambda seen: seen.earlier(Mark.SMALL),
            "card_declines_1h": lambda seen: seen.earlier(Mark.DECLINED),
            "card_usd_1h": Trailing.usd,
        },
        value="sender",
    ),
    View(
        1,
        "device",
        HOUR,
        {"device_cards_1h": Trailing.values, "device_accounts_1h": Trailing.others},
        value="card",
        other="sender",
    ),
    View(2, "sender", HOUR, {"account_usd_1h": Trailing.usd}),
    View(
        3,
        "network",
        TEN_MINUTES,
        {"network_test_cards_10m": Trailing.values},
        value="card",
        mark=Mark.TEST_LIKE,
    ),
    View(
        4,
        "merchant",
        TEN_MINUTES,
        {"merchant_test_cards_10m": Trailing.values, "merchant_declined_10m": _declined},
        value="card",
        mark=Mark.TEST_LIKE,
    ),
    View(
        5,
        "bin",
        TEN_MINUTES,
        {"bin_test_cards_10m": Trailing.values, "bin_declined_10m": _declined},
        value="card",
        mark=Mark.TEST_LIKE,
    ),
)
"""The columns of design.md, "Velocity over more keys"."""

COUNTED = pa.schema([field for view in VIEWS for field in view.fields])
"""What all views add to an accepted payment."""

BY_NUMBER = {view.number: view for view in VIEWS}
