from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.alerts.alert import Alert
from fraud.alerts.campaign import Campaign, gathered, is_news, things
from fraud.scoring.velocity import Severity
from tests.builders import NOON, make_alert


@dataclass
class Record:
    """Campaigns, kept as the edge keeps them in Firestore."""

    campaigns: dict[str, Campaign] = field(default_factory=dict)
    pointers: dict[str, str] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)
    written: int = 0

    def take(self, alerts: Iterable[Alert]) -> "Record":
        for alert in alerts:
            shared = things(alert)
            names = {self.standing(self.pointers[one]) for one in shared if one in self.pointers}
            after, *absorbed = gathered(alert, [self.campaigns[name] for name in names])
            self.written += is_news(self.campaigns.get(after.campaign_id), after)
            self.campaigns |= {one.campaign_id: one for one in (after, *absorbed)}
            self.pointers |= dict.fromkeys(shared, after.campaign_id)
            self.places.append(after.campaign_id)
        return self

    def standing(self, name: str) -> str:
        merged = self.campaigns[name].merged_into
        return self.standing(merged) if merged else name

    @property
    def groups(self) -> list[int]:
        """Numbers of campaigns by alert, in order of appearance."""
        found = [self.standing(name) for name in self.places]
        return [list(dict.fromkeys(found)).index(name) for name in found]


def alert(number: int, minutes: float = 0, flags: str = "", **shared: object) -> Alert:
    """Return an alert of an account and device of its own."""
    return make_alert(
        **{
            "transaction_id": f"TXN_{number}",
            "sender_account_id": f"ACC_{number}",
            "device_id": f"device {number}",
            "ip_address": f"10.0.{number}.0/24",
            "merchant_id": f"MER_{number}",
            "bin_token": f"{number:064}",
            "event_time": NOON + timedelta(minutes=minutes),
            "risk_flags": flags.split(),
            **shared,
        }
    )


BIN: dict[str, Any] = {"flags": "BIN_TESTING", "bin_token": "b" * 64}


@pytest.mark.parametrize(
    ("alerts", "groups"),
    [
        pytest.param([alert(1), alert(2)], [0, 1], id="nothing shared"),
        pytest.param([alert(1, device_id="d"), alert(2, device_id="d")], [0, 0], id="a device"),
        pytest.param([alert(1, **BIN), alert(2, **BIN)], [0, 0], id="a BIN that is tested"),
        pytest.param([alert(1, merchant_id="m"), alert(2, merchant_id="m")], [0, 1], id="a shop that others use too"),
        pytest.param(
            [alert(n, flags="MERCHANT_TESTING", merchant_id="m") for n in (1, 2)], [0, 0], id="a shop that is tested at"
        ),
        pytest.param(
            [alert(n, flags="NETWORK_TESTING", ip_address="10.9.0.0/24") for n in (1, 2)], [0, 0], id="a network"
        ),
        pytest.param(
            [alert(1, device_id="x", merchant_id="d"), alert(2, device_id="d", merchant_id="x")],
            [0, 1],
            id="a device that is called like a shop",
        ),
        pytest.param([alert(1, 0, device_id="d"), alert(2, 59.9, device_id="d")], [0, 0], id="within an hour"),
        pytest.param([alert(1, 0, device_id="d"), alert(2, 60, device_id="d")], [0, 1], id="an hour later"),
        pytest.param([alert(n, 50 * n, device_id="d") for n in range(4)], [0, 0, 0, 0], id="ever on"),
        pytest.param([alert(1, 60, device_id="d"), alert(2, 0.1, device_id="d")], [0, 0], id="the earlier comes late"),
        pytest.param(
            [
                alert(1, device_id="d"),
                alert(2, 1, **BIN),
                alert(3, 2, device_id="d", **BIN),
                alert(4, 3, device_id="d"),
            ],
            [0, 0, 0, 0],
            id="two that turn out to be one",
        ),
        pytest.param([alert(1, bin_token=None, flags="BIN_TESTING"), alert(2, bin_token=None)], [0, 1], id="no BIN"),
    ],
)
def test_alerts_that_share_what_they_are_raised_by_are_a_campaign(alerts: list[Alert], groups: list[int]) -> None:
    assert Record().take(alerts).groups == groups


def test_the_earliest_of_two_takes_the_other_over_and_names_it() -> None:
    record = Record().take([alert(1, 5, device_id="d"), alert(2, 0, **BIN), alert(3, 6, device_id="d", **BIN)])
    late, early, _ = record.places
    assert record.campaigns[late].merged_into == early
    kept = record.campaigns[early]
    assert (kept.absorbed, kept.merged_into) == ([late], None)
    assert (kept.first_event_time, kept.last_event_time) == (NOON, NOON + timedelta(minutes=6))


def test_a_campaign_is_as_severe_as_its_worst_alert() -> None:
    severities = [Severity.HIGH, Severity.CRITICAL, Severity.HIGH]
    record = Record().take(alert(n, device_id="d", severity=one) for n, one in enumerate(severities))
    [campaign] = record.campaigns.values()
    assert campaign.top_severity is Severity.CRITICAL


def test_most_alerts_of_a_campaign_write_nothing_to_it() -> None:
    assert Record().take(alert(n, n / 100, device_id="d") for n in range(300)).written <= 1 + 3


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 50)), min_size=1, max_size=12))
def test_within_an_hour_campaigns_are_what_is_connected(drawn: list[tuple[int, int, int]]) -> None:
    alerts = [
        alert(n, at, "BIN_TESTING", device_id=f"d{device}", bin_token=f"b{issuer}")
        for n, (device, issuer, at) in enumerate(drawn)
    ]
    groups = Record().take(alerts).groups
    label = list(range(len(drawn)))
    for _ in drawn:
        for one, (device, issuer, _) in enumerate(drawn):
            for other, (same_device, same_issuer, _) in enumerate(drawn):
                if device == same_device or issuer == same_issuer:
                    label[one] = min(label[one], label[other])
    assert groups == [list(dict.fromkeys(label)).index(one) for one in label]


def test_what_is_shared_is_not_told_by_its_digest() -> None:
    told = things(alert(1, flags="BIN_TESTING NETWORK_TESTING MERCHANT_TESTING"))
    assert [len(one) for one in told] == [64] * 4
    assert not [one for one in told if "device" in one or "MER" in one]
