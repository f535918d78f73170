from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.alerts.alert import Alert, Coalesced
from fraud.alerts.incident import (
    ALERT_LIFE,
    MAX_RECENT,
    MAX_TRANSACTIONS,
    Incident,
    RecentIncidents,
    Span,
    join,
    near,
    opened,
    remember,
)
from fraud.scoring.velocity import Severity
from tests.builders import NOON, make_alert


@dataclass
class Account:
    """One account's incidents, kept as the edge keeps them in Firestore."""

    recent: RecentIncidents = field(default_factory=RecentIncidents)
    incidents: dict[str, Incident] = field(default_factory=dict)

    def take(self, alerts: Iterable[Alert]) -> "Account":
        for alert in alerts:
            grouped = join(alert, [self.incidents[one] for one in near(self.recent, alert.event_time)])
            self.recent = remember(self.recent, grouped)
            self.incidents |= {one.incident_id: one for one in (grouped.incident, *grouped.absorbed)}
        return self

    @property
    def live(self) -> list[Incident]:
        standing = (incident for incident in self.incidents.values() if incident.merged_into is None)
        return sorted(standing, key=lambda incident: incident.first_event_time)


def alert_at(seconds: float, severity: Severity = Severity.HIGH, score: int = 40) -> Alert:
    moment = NOON + timedelta(seconds=seconds)
    return make_alert(transaction_id=f"TXN_{seconds:g}", event_time=moment, severity=severity, fraud_score=score)


def sizes(*seconds: float) -> list[int]:
    return [incident.alerts for incident in Account().take(map(alert_at, seconds)).live]


@pytest.mark.parametrize(
    ("seconds", "alerts"),
    [
        ([0], [1]),
        ([0, 10, 20], [3]),
        ([0, 299.999999], [2]),
        ([0, 300], [1, 1]),
        ([300, 0], [1, 1]),
        ([0, 200, 400, 600], [4]),
        ([0, 400, 200], [3]),
        ([0, 1000, 400], [1, 1, 1]),
    ],
)
def test_alerts_that_follow_within_an_alert_s_life_are_one_incident(seconds: list[float], alerts: list[int]) -> None:
    assert sizes(*seconds) == alerts


def test_an_incident_tells_its_worst_and_its_extent() -> None:
    alerts = [alert_at(0, score=70), alert_at(30, Severity.CRITICAL, 55), alert_at(20, score=40)]
    [incident] = Account().take(alerts).live
    assert (incident.top_severity, incident.top_score) == (Severity.CRITICAL, 70)
    assert (incident.first_event_time, incident.last_event_time) == (NOON, NOON + timedelta(seconds=30))
    assert [one.transaction_id for one in incident.transactions] == ["TXN_0", "TXN_20", "TXN_30"]
    assert incident.sender_account_id == "ACC_000100"


def test_an_alert_between_two_incidents_makes_them_one_and_the_later_says_so() -> None:
    account = Account().take([alert_at(0), alert_at(400), alert_at(200)])
    assert account.incidents["TXN_0"].alerts == 3
    assert account.incidents["TXN_400"].merged_into == "TXN_0"


def test_of_incidents_given_in_any_order_the_earliest_takes_the_others_over() -> None:
    known = [opened(alert_at(400)), opened(alert_at(0)), opened(alert_at(200))]
    incident, absorbed = join(alert_at(300), known)
    assert (incident.incident_id, incident.alerts) == ("TXN_0", 4)
    assert [(one.incident_id, one.merged_into) for one in absorbed] == [("TXN_200", "TXN_0"), ("TXN_400", "TXN_0")]


def test_an_alert_of_long_ago_does_not_push_out_a_later_incident() -> None:
    spans = [Span(f"at {n}", NOON + timedelta(hours=n), NOON + timedelta(hours=n)) for n in range(MAX_RECENT, 0, -1)]
    recent = remember(RecentIncidents(spans), join(alert_at(0), []))
    assert [span.incident_id for span in recent.spans] == [f"at {n}" for n in range(1, MAX_RECENT + 1)]


def test_an_incident_lists_the_latest_transactions_and_counts_all() -> None:
    [incident] = Account().take(alert_at(second) for second in range(MAX_TRANSACTIONS + 5)).live
    assert incident.alerts == MAX_TRANSACTIONS + 5
    assert [one.transaction_id for one in incident.transactions] == [f"TXN_{n}" for n in range(5, MAX_TRANSACTIONS + 5)]


def test_an_account_remembers_its_latest_incidents_only() -> None:
    account = Account().take(alert_at(1000 * number) for number in range(MAX_RECENT + 3))
    assert len(account.recent.spans) == MAX_RECENT
    assert near(account.recent, NOON + timedelta(seconds=1000 * (MAX_RECENT + 2))) == [f"TXN_{1000 * (MAX_RECENT + 2)}"]


def sessions(seconds: Sequence[int]) -> list[list[int]]:
    """Cut sorted moments where an alert's life passes without another: what incidents must come to."""
    ordered = sorted(seconds)
    life = ALERT_LIFE.total_seconds()
    ends = [index for index, (one, after) in enumerate(pairwise(ordered), 1) if after - one >= life]
    return [ordered[begin:end] for begin, end in pairwise([0, *ends, len(ordered)])]


moments = st.lists(st.integers(0, 4000), min_size=1, max_size=15, unique=True)


@given(moments.flatmap(st.permutations))
def test_incidents_do_not_depend_on_the_order_of_delivery(seconds: Sequence[int]) -> None:
    live = Account().take(map(alert_at, seconds)).live
    listed = [[one.transaction_id for one in incident.transactions] for incident in live]
    assert listed == [[f"TXN_{second}" for second in session] for session in sessions(seconds)]
    assert [incident.alerts for incident in live] == [len(ids) for ids in listed]


def test_an_alert_that_stands_for_many_counts_as_many() -> None:
    many = Coalesced(7, NOON - timedelta(seconds=5), NOON + timedelta(seconds=5))
    incident = opened(make_alert(stands_for=many))
    assert (incident.alerts, incident.first_event_time, incident.last_event_time) == (
        7,
        many.first_event_time,
        many.last_event_time,
    )
