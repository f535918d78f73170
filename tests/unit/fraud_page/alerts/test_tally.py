from operator import attrgetter

from hypothesis import given
from hypothesis import strategies as st

from fraud.scoring.velocity import Severity
from fraud_page.alerts.entry import Entry
from fraud_page.alerts.tally import MINUTE_MS, MINUTES, Tally
from tests.unit.fraud_page.entries import entry

NOW = 1_700_000_000_000 // MINUTE_MS * MINUTE_MS + 30_000
START = (NOW // MINUTE_MS - MINUTES + 1) * MINUTE_MS


@given(st.lists(st.integers(NOW - 90 * MINUTE_MS, NOW).map(entry), max_size=30), st.integers(0, 80))
def test_counts_kept_as_alerts_come_are_those_counted_anew(entries: list[Entry], later: int) -> None:
    tally = Tally()
    for one in sorted(entries, key=attrgetter("position")):
        tally.add([one])
        tally.hour(one.position.at_ms, attrgetter("region"))  # looks in between drop what is old by then
    now = NOW + later * MINUTE_MS
    recent = [one for one in entries if one.position.at_ms >= START + later * MINUTE_MS]
    assert tally.hour(now, attrgetter("region")).total() == len(recent)
    assert sum(minute.total() for minute in tally.minutes(now)) == len(recent)


def test_alerts_are_told_apart_by_any_trait() -> None:
    entries = [
        entry(NOW, 0, region="GB", fraud_score=40),
        entry(NOW, 1, region="GB", fraud_score=100, severity=Severity.CRITICAL),
        entry(NOW, 2, region="US", fraud_score=95),
    ]
    tally = Tally(entries)
    assert tally.hour(NOW, attrgetter("region")) == {"GB": 2, "US": 1}
    assert tally.hour(NOW, attrgetter("ten")) == {4: 1, 9: 2}
    assert tally.hour(NOW, attrgetter("severity")) == {Severity.HIGH: 2, Severity.CRITICAL: 1}


def test_a_tally_of_what_is_left_of_a_stream_knows_since_when_it_is_complete() -> None:
    entries = [entry(NOW - 2_000), entry(NOW)]
    assert Tally(entries, is_cut=True).complete_from_ms == NOW - 2_000
    assert Tally(entries).complete_from_ms == 0
