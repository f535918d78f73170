from fraud.velocity import Severity
from fraud_page.history import History
from fraud_page.summary import MINUTE_MS, MINUTES, AccountAtRisk, summarise
from tests.unit.fraud_page.entries import entry

NOW = 1_700_000_000_000 // MINUTE_MS * MINUTE_MS + 30_000


def history(*ages_ms: int, limit: int = 100, severity: Severity = Severity.HIGH) -> History:
    made = History(limit)
    made.append(entry(NOW - age, severity=severity) for age in ages_ms)
    return made


def test_alerts_count_in_the_minute_redis_took_them_in() -> None:
    summary = summarise(history(3_600_000, 61_000, 29_000, 10, severity=Severity.CRITICAL), NOW, 0, [])
    critical = [minute[summary.severities.index("CRITICAL")] for minute in summary.minutes]
    assert len(critical) == MINUTES
    assert (critical[-1], critical[-2], sum(critical)) == (2, 1, 3)
    assert sum(minute[summary.severities.index("HIGH")] for minute in summary.minutes) == 0
    assert summary.last_minute == 2


def test_scores_are_counted_by_tens() -> None:
    made = History(10)
    made.append(entry(NOW, number, fraud_score=score) for number, score in enumerate([0, 9, 10, 55, 99, 100]))
    assert summarise(made, NOW, 0, []).scores == [2, 1, 0, 0, 0, 1, 0, 0, 0, 2]


def test_a_stream_that_does_not_reach_back_an_hour_says_so() -> None:
    assert summarise(history(50_000, 40_000), NOW, 0, []).since_ms is None
    assert summarise(history(50_000, 40_000, limit=1), NOW, 0, []).since_ms == NOW - 40_000


def test_accounts_at_risk_are_passed_on() -> None:
    account = AccountAtRisk("ACC_1", "HIGH", 40, 2, 1_700_000_300)
    summary = summarise(history(), NOW, 7, [account])
    assert (summary.at_risk, summary.accounts) == (7, [account])
