"""Redis's side: each account's alerts of the hour, as counted there, against the alerts in the dataset."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

import redis
from redis.exceptions import RedisError

from fraud.alerts.names import COUNTED, count_key, counted_key
from reconciliation.finding import MOST, Difference, Finding, position
from reconciliation.reach import UnreadableStoreError
from reconciliation.tables import Tables

ACCOUNTS_AT_ONCE = 200
_HOUR_MS = int(timedelta(hours=1) / timedelta(milliseconds=1))


@dataclass(frozen=True)
class Counted:
    """What Redis holds of an account: event times (ms) of its counted alerts by transaction id, and their number."""

    alerts: Mapping[str, int]
    count: int


@dataclass(frozen=True)
class Raised:
    """An alert in the dataset; one that is not finished may have reached Redis or not."""

    transaction_id: str
    position: str
    event_time_ms: int
    is_finished: bool


def check_alerts(tables: Tables, cache: redis.Redis, *, may_be_missing: bool) -> Finding:
    """Compare every account that Redis counts alerts of.

    `may_be_missing` accepts alerts that Redis has lost, and never one that is not in the dataset. Raises
    UnreadableStoreError when Redis does not answer.
    """
    accounts = 0
    differences: list[Difference] = []
    try:
        for names in _some_at_once(cache.scan_iter(match=f"{COUNTED}*", count=1_000)):
            accounts += len(names)
            counted, raised = _counted(cache, names), _raised(tables, names)
            for name in names:
                found = compare(name, counted[name], raised.get(name, []), may_be_missing=may_be_missing)
                differences.extend(islice(found, MOST - len(differences)))
    except RedisError as error:
        raise UnreadableStoreError(f"Redis: {error}") from error
    return Finding("alerts in Redis", f"{accounts:,} accounts with an alert in the last hour", differences)


def compare(account: str, counted: Counted, raised: Sequence[Raised], *, may_be_missing: bool) -> Iterator[Difference]:
    """Yield how Redis's hour of an account differs from the dataset's."""
    if not counted.alerts:
        return  # its hour ended between two questions
    if counted.count != len(counted.alerts):
        yield Difference("", f"Redis counts {counted.count} alerts of {account} and knows {len(counted.alerts)}")
    known = {alert.transaction_id: alert for alert in raised}
    for transaction_id, event_time_ms in counted.alerts.items():
        if transaction_id not in known:
            yield Difference("", f"Redis counts {transaction_id} of {account}, which is no alert in the dataset")
        elif known[transaction_id].event_time_ms != event_time_ms:
            yield Difference(known[transaction_id].position, f"Redis has another event time for {transaction_id}")
    if may_be_missing:
        return
    hour_ago = max(counted.alerts.values()) - _HOUR_MS
    for alert in raised:
        is_due = alert.is_finished and alert.event_time_ms > hour_ago
        if is_due and alert.transaction_id not in counted.alerts:
            yield Difference(alert.position, f"Redis does not count {alert.transaction_id} of {account}")


def _counted(cache: redis.Redis, accounts: Sequence[str]) -> dict[str, Counted]:
    with cache.pipeline(transaction=True) as pipeline:
        for account in accounts:
            pipeline.zrange(counted_key(account), 0, -1, withscores=True)
            pipeline.get(count_key(account))
        answers: list[Any] = pipeline.execute()
    return {
        account: Counted({member.decode(): int(score) for member, score in alerts}, int(count or 0))
        for account, alerts, count in zip(accounts, answers[::2], answers[1::2], strict=True)
    }


def _raised(tables: Tables, accounts: Sequence[str]) -> dict[str, list[Raised]]:
    raised: dict[str, list[Raised]] = {}
    for row in tables.rows("alerts", accounts=accounts):
        place = position(row["kafka_partition"], row["kafka_offset"])
        alert = Raised(row["transaction_id"], place, row["event_time_ms"], row["is_finished"])
        raised.setdefault(row["sender_account_id"], []).append(alert)
    return raised


def _some_at_once(keys: Iterator[Any]) -> Iterator[list[str]]:
    while names := [key.decode().removeprefix(COUNTED) for key in islice(keys, ACCOUNTS_AT_ONCE)]:
        yield names
