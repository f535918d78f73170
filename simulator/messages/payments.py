"""The payment event as JSON bytes, keys in the order of the contract, a block at a time."""

from dataclasses import dataclass, fields
from itertools import chain

import numpy as np

from simulator.columns import Numbers, Text, lines
from simulator.moments import rfc3339


@dataclass(frozen=True)
class Payments:
    """A block of payment events, one column a field; `event_time` in microseconds since 1970, UTC.

    `amount` is the exact text of a JSON number. A row's `user_email` is empty where the event has none.
    """

    transaction_id: Text
    event_time: Numbers
    amount: Text
    currency: Text
    credit_card: Text
    cvv: Text
    card_expiry: Text
    sender_account_id: Text
    receiver_account_id: Text
    region: Text
    device_id: Text
    ip_address: Text
    merchant_id: Text
    merchant_category: Text
    user_email: Text
    status: Text

    def __len__(self) -> int:
        return len(self.event_time)

    def keys(self) -> list[bytes]:
        """Return the Kafka keys: the sender's account."""
        return lines(self.sender_account_id)

    def values(self) -> list[bytes]:
        """Return the Kafka values: one JSON object each."""
        return lines(*chain.from_iterable(_member(name, self._text(name)) for name in _NAMES), b"}")

    def _text(self, name: str) -> Text:
        return rfc3339(self.event_time) if name == "event_time" else getattr(self, name)


def _member(name: str, text: Text) -> tuple[Text | bytes, Text, Text | bytes]:
    quote = b"" if name == "amount" else b'"'
    opening = (b'{"' if name == _NAMES[0] else b',"') + name.encode() + b'":' + quote
    if name != "user_email":
        return opening, text, quote
    present = text != b""
    return np.where(present, opening, b""), text, np.where(present, quote, b"")


_NAMES = tuple(field.name for field in fields(Payments))
