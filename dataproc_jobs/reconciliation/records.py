"""The record of alerts in Firestore against the dataset's alerts of the last hour, by transaction id.

Both are read in the order of event time and merged, so memory holds pages and never the hour. What stands on one side
only may be under way, or belong to an erasure under way: it is looked at again until a deadline.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby, islice
from time import monotonic
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, wait_fixed

from fraud.alerts.coalescing import TOLD_ALONE
from reconciliation.alert_record import AlertRecord, Recorded
from reconciliation.finding import MOST, Difference, Finding, position
from reconciliation.tables import Tables

CHECK = "alerts in Firestore"
PERIOD = timedelta(hours=1)
AT_ONCE = 500
"""Alerts looked at again together."""

_LOOK_AGAIN_S = 2.0


@dataclass(frozen=True)
class Raised:
    """An alert in the dataset; Firestore must hold it if the job has finished it and told of it alone."""

    transaction_id: str
    event_time: datetime
    position: str
    is_due: bool


@dataclass(frozen=True)
class Look:
    """When the check began, since when a batch is being written, and how long to wait for what is under way (s).

    What was recorded before that batch belongs to finished ones, so the dataset must hold it.
    """

    began: datetime
    writing_since: datetime
    patience_s: float

    @property
    def since(self) -> datetime:
        """The first event time looked at; the last is just before the check began."""
        return self.began - PERIOD


def check_record(tables: Tables, record: AlertRecord, look: Look) -> Finding:
    """Compare the last hour's alerts. Raises UnreadableStoreError when BigQuery or Firestore does not answer."""
    deadline, counts, left = monotonic() + look.patience_s, Counter[str](), list[Difference]()
    suspected = suspects(_raised(tables, look), record.between(look.since, look.began), look, counts)
    while len(left) < MOST and (some := list(islice(suspected, AT_ONCE))):
        left += _waiting(deadline)(lambda some=some: list(_differences(tables, record, some, look)))
    return Finding(CHECK, f"{counts.total():,} alerts of the last hour", left[:MOST])


def _waiting(deadline: float) -> Retrying:
    """Return what calls a function until it finds nothing, or the deadline has passed, and returns what it found."""
    return Retrying(
        retry=retry_if_result(bool),
        wait=wait_fixed(_LOOK_AGAIN_S),
        stop=stop_after_delay(max(0.0, deadline - monotonic())),
        retry_error_callback=_last_result,
    )


def _last_result(state: RetryCallState) -> list[Difference]:
    found: list[Difference] = state.outcome.result() if state.outcome else []
    return found


def suspects(raised: Iterator[Raised], recorded: Iterator[Recorded], look: Look, counts: Counter[str]) -> Iterator[str]:
    """Yield the transactions whose alert stands on one side only and should not; count every alert."""
    together: Iterator[Raised | Recorded] = merge(raised, recorded, key=_event_time)
    for _, group in groupby(together, _event_time):
        both = list(group)
        here = {one.transaction_id: one for one in both if isinstance(one, Raised)}
        there = {one.transaction_id: one for one in both if isinstance(one, Recorded)}
        counts["alerts"] += len(here.keys() | there.keys())
        yield from (name for name, one in here.items() if one.is_due and name not in there)
        yield from (name for name, one in there.items() if one.is_before(look.writing_since) and name not in here)


def _event_time(alert: Raised | Recorded) -> datetime:
    return alert.event_time


def _differences(
    tables: Tables, record: AlertRecord, transaction_ids: Sequence[str], look: Look
) -> Iterator[Difference]:
    """Look at some transactions on both sides again; those that an erasure accounts for may differ."""
    raised: dict[str, list[Raised]] = {}
    for row in tables.rows("alerts_of", transactions=transaction_ids, since=look.since):
        raised.setdefault(row["transaction_id"], []).append(_as_raised(row))
    erased = {row["transaction_id"] for row in tables.rows("erased", transactions=transaction_ids, since=look.since)}
    recorded = {one.transaction_id: one for one in record.of(transaction_ids)}
    for name in transaction_ids:
        if name not in erased:
            yield from compare(name, raised.get(name, []), recorded.get(name))


def compare(transaction_id: str, raised: Sequence[Raised], recorded: Recorded | None) -> Iterator[Difference]:
    """Yield how the record of a transaction's alert differs from the dataset's.

    A transaction that was accepted again after more than an hour may have been alerted again; the first is recorded.
    """
    if recorded is None:
        yield from (Difference(one.position, f"Firestore does not hold {transaction_id}") for one in raised[:1])
    elif not raised:
        yield Difference("", f"Firestore holds {transaction_id}, which is no alert in the dataset")
    elif recorded.event_time not in {one.event_time for one in raised}:
        yield Difference(raised[0].position, f"Firestore has another event time for {transaction_id}")


def _raised(tables: Tables, look: Look) -> Iterator[Raised]:
    for row in tables.rows("alerts_between", since=look.since, until=look.began):
        yield _as_raised(row)


def _as_raised(row: Mapping[str, Any]) -> Raised:
    place = position(row["kafka_partition"], row["kafka_offset"])
    is_due = row["is_finished"] and row["velocity_60s"] <= TOLD_ALONE
    return Raised(row["transaction_id"], row["event_time"], place, is_due)
