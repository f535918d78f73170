"""Which alerts of a batch are told one by one, and which by one message for many.

Pub/Sub takes 1 MB a second of one account. Who pays a hundred times a minute and more is told of once a batch: by the
strongest alert, with how many it stands for. Whether an alert is told by itself depends on it alone, so a proof can ask
for exactly those, however the stream was cut into batches.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from fraud.alerts.alert import Alert, Coalesced

TOLD_ALONE = 100
"""Up to this many payments in 60 s each of an account's alerts is a message of its own."""

MESSAGE_PEERS = 10
"""Most peers in a message, the latest ones; the dataset and Redis have a hundred."""


def messages(alerts: Sequence[Alert]) -> list[Alert]:
    """Return what is told of a batch's alerts, each account's in the order they were given."""
    alone = [alert for alert in alerts if is_told_alone(alert)]
    return [_short(alert) for alert in (*alone, *_coalesced(alerts))]


def is_told_alone(alert: Alert) -> bool:
    """Tell whether an alert is a message of its own."""
    return alert.velocity_60s <= TOLD_ALONE


def _coalesced(alerts: Sequence[Alert]) -> Iterator[Alert]:
    many = sorted((alert for alert in alerts if not is_told_alone(alert)), key=_account)
    for _, group in groupby(many, _account):
        together = list(group)
        times = [alert.event_time for alert in together]
        stands_for = Coalesced(len(together), min(times), max(times))
        yield msgspec.structs.replace(max(together, key=_strength), stands_for=stands_for)


def _account(alert: Alert) -> str:
    return alert.sender_account_id


def _strength(alert: Alert) -> tuple[int, int, int]:
    return alert.severity.rank, alert.fraud_score, alert.velocity_60s


def _short(alert: Alert) -> Alert:
    return msgspec.structs.replace(alert, velocity_fraud_peers=alert.velocity_fraud_peers[-MESSAGE_PEERS:])
