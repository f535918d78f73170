"""Stream entries as the page keeps them."""

from fraud.alerts.alert import encode_alert
from fraud_page.alerts.entry import Entry, read_entry
from tests.builders import make_alert


def entry(at_ms: int, number: int = 0, **changes: object) -> Entry:
    """Return the entry of an alert that Redis took in at a moment."""
    fields = {b"alert": encode_alert(make_alert(**changes)), b"count": b"1"}
    return read_entry(f"{at_ms}-{number}".encode(), fields)
