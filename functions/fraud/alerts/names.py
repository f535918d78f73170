"""Where live alerts stand in Redis: written by the job, read by the page and the rules, swept by an erasure."""

STREAM = "fraud:alerts:stream"
"""The newest alerts, for the page."""

REVISION = "fraud:alerts:revision"
"""Counts the erasures that took entries out of the stream."""

ACCOUNTS = "fraud:alerts:accounts"
"""The accounts with a live alert."""

ACCOUNT_EXPIRY = "fraud:alerts:accounts:expiry"
"""The same accounts by the moment (Unix s) at which their alert ends."""

COUNTED = "fraud:counted:sender:"
"""Begins the name of an account's counted alerts."""


def live_key(account: str) -> str:
    """Return the key of an account's live alert."""
    return f"fraud:alerts:sender:{account}"


def counted_key(account: str) -> str:
    """Return the key of the hour's counted alerts of an account: transaction ids by event time in ms."""
    return f"{COUNTED}{account}"


def count_key(account: str) -> str:
    """Return the key of their number."""
    return f"fraud:count:sender:{account}"
