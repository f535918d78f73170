"""What each field of an event looks like by itself: one table for the row at hand and for whole columns of rows.

The patterns keep to what Python's `re` and RE2 read alike, and are meant to match a whole text.
"""

from collections.abc import Mapping
from types import MappingProxyType

LONGEST_NAME = 64
DECLINED = "DECLINED"
LONGEST_ADDRESS = 254

NAMES = (
    "transaction_id",
    "sender_account_id",
    "receiver_account_id",
    "region",
    "device_id",
    "merchant_id",
)
"""Fields of 1 to 64 characters, whichever they are."""

PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        "event_time": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|\+00:00)",
        "cvv": r"[0-9]{3,4}",
        "card_expiry": r"(?:0[1-9]|1[0-2])/[0-9]{2}",
        "merchant_category": r"[0-9]{4}",
        "status": rf"PENDING|APPROVED|{DECLINED}",
    }
)
"""Fields that are matched as a whole; whether a time is in the calendar is another question."""
