from fraud.scoring.velocity import Severity
from fraud_page.alerts.entry import Entry
from fraud_page.alerts.history import History
from fraud_page.alerts.summary import REGIONS_SHOWN, AccountAtRisk, Region, Summary, summarise
from fraud_page.alerts.tally import MINUTE_MS, MINUTES, Tally
from tests.unit.fraud_page.entries import entry

NOW = 1_700_000_000_000 // MINUTE_MS * MINUTE_MS + 30_000


def entries(*ages_ms: int, severity: Severity = Severity.HIGH) -> list[Entry]:
    return [entry(NOW - age, severity=severity) for age in ages_ms]


def summary(held: list[Entry], *, is_cut: bool = False) -> Summary:
    history = History(100)
    history.append(held)
    return summarise(history, Tally(held, is_cut=is_cut), NOW, 0, [])


def test_alerts_count_in_the_minute_redis_took_them_in() -> None:
    made = summary(entries(3_600_000, 61_000, 29_000, 10, severity=Severity.CRITICAL))
    critical = [minute[made.severities.index("CRITICAL")] for minute in made.minutes]
    assert len(critical) == MINUTES
    assert (critical[-1], critical[-2], sum(critical)) == (2, 1, 3)
    assert sum(minute[made.severities.index("HIGH")] for minute in made.minutes) == 0
    assert made.last_minute == 2


def test_scores_are_counted_by_tens() -> None:
    held = [entry(NOW, number, fraud_score=score) for number, score in enumerate([0, 9, 10, 55, 99, 100])]
    assert summary(held).scores == [2, 1, 0, 0, 0, 1, 0, 0, 0, 2]


def test_regions_come_with_the_most_alerts_first() -> None:
    names = ["GB", "US", "US", *(f"R{number:02}" for number in range(REGIONS_SHOWN))]
    held = [entry(NOW, number, region=name) for number, name in enumerate(names)]
    held.append(entry(NOW, len(names), region="US", severity=Severity.CRITICAL))
    made = summary(held)
    assert made.regions[:3] == [Region("US", [2, 1]), Region("GB", [1, 0]), Region("R00", [1, 0])]
    assert (len(made.regions), made.more_regions) == (REGIONS_SHOWN, 2)


def test_alerts_that_do_not_reach_back_an_hour_say_so() -> None:
    held = entries(50_000, 40_000)
    assert summary(held).since_ms is None
    assert summary(held, is_cut=True).since_ms == NOW - 50_000
    assert summary(entries(3_700_000, 40_000), is_cut=True).since_ms is None


def test_accounts_at_risk_are_passed_on() -> None:
    account = AccountAtRisk("ACC_1", "HIGH", 40, 2, 1_700_000_300)
    made = summarise(History(1), Tally(), NOW, 7, [account])
    assert (made.at_risk, made.accounts) == (7, [account])
