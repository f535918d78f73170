"""Where live alerts stand in Redis: written by the job, read by the page and the rules, swept by an erasure."""

STREAM = "fraud:alerts:stream"  # the newest alerts, for the page
REVISION = "fraud:alerts:revision"  # counts the erasures that took entries out of the stream
ACCOUNTS = "fraud:alerts:accounts"  # the accounts with a live alert
ACCOUNT_EXPIRY = "fraud:alerts:accounts:expiry"  # the same by the moment (Unix s) at which it ends
COUNTED = "fraud:counted:sender:"  # begins the name of an account's counted alerts


def live_key(account: str) -> str:
    """Return the key of an account's live alert."""
    return f"fraud:alerts:sender:{account}"


def counted_key(account: str) -> str:
    """Return the key of the hour's counted alerts of an account: transaction ids by event time in ms."""
    return f"{COUNTED}{account}"


def count_key(account: str) -> str:
    """Return the key of their number."""
    return f"fraud:count:sender:{account}"
