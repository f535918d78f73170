from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from fraud.alerts.alert import Alert, decode_alert, encode_alert
from fraud.alerts.coalescing import MESSAGE_PEERS, TOLD_ALONE, is_told_alone, messages
from fraud.scoring.velocity import Severity
from tests.builders import NOON, make_alert

BYTES_A_SECOND = 1_000_000
"""What Pub/Sub takes of one ordering key."""

LONG_ID = "0123456789abcdef" * 4


def alert(number: int, velocity: int, account: str = "ACC_1", **changes: object) -> Alert:
    moment = NOON + timedelta(seconds=number)
    told: dict[str, object] = {"transaction_id": f"TXN_{number}", "event_time": moment, "sender_account_id": account}
    return make_alert(**{**told, "velocity_60s": velocity, **changes})


def test_few_alerts_are_told_one_by_one_with_their_latest_peers() -> None:
    peers = [f"TXN_{number}" for number in range(100)]
    alerts = [alert(number, number, velocity_fraud_peers=peers[:number]) for number in range(4, TOLD_ALONE + 1)]
    told = messages(alerts)
    assert [one.transaction_id for one in told] == [one.transaction_id for one in alerts]
    assert {one.stands_for for one in told} == {None}
    assert told[-1].velocity_fraud_peers == peers[-MESSAGE_PEERS:]


def test_an_account_beyond_the_rate_is_told_of_once_by_its_strongest() -> None:
    alerts = [
        alert(0, TOLD_ALONE),
        alert(1, 101, severity=Severity.CRITICAL, fraud_score=90),
        alert(2, 102, severity=Severity.CRITICAL, fraud_score=95),
        alert(3, 103, severity=Severity.CRITICAL, fraud_score=90),
        alert(4, 5, account="ACC_2"),
    ]
    told = messages(alerts)
    assert [one.transaction_id for one in told] == ["TXN_0", "TXN_4", "TXN_2"]
    stands_for = told[-1].stands_for
    assert stands_for is not None
    assert (stands_for.alerts, stands_for.first_event_time, stands_for.last_event_time) == (
        3,
        NOON + timedelta(seconds=1),
        NOON + timedelta(seconds=3),
    )
    assert decode_alert(encode_alert(told[-1])) == told[-1]


ALERTS = st.lists(st.tuples(st.sampled_from(["ACC_1", "ACC_2"]), st.integers(95, 105)), max_size=30)


@given(ALERTS)
def test_every_alert_is_told_alone_or_stood_for_once_and_whether_alone_depends_on_it_only(
    drawn: list[tuple[str, int]],
) -> None:
    alerts = [alert(number, velocity, account) for number, (account, velocity) in enumerate(drawn)]
    told = messages(alerts)
    counts = Counter[str]()
    for one in told:
        counts[one.sender_account_id] += one.stands_for.alerts if one.stands_for else 1
    assert counts == Counter(account for account, _ in drawn)
    assert {one.transaction_id for one in told if not one.stands_for} == {
        one.transaction_id for one in alerts if is_told_alone(one)
    }


def test_the_hottest_account_stays_below_what_pubsub_takes() -> None:
    """220 payments a second of one account, 100 peers each of the longest ids, in batches of a second."""
    seconds = [
        messages(
            [
                alert(second * 220 + number, min(13_200, second * 220 + number), velocity_fraud_peers=[LONG_ID] * 100)
                for number in range(220)
            ]
        )
        for second in range(60)
    ]
    assert max(sum(len(encode_alert(one)) for one in told) for told in seconds) < BYTES_A_SECOND / 3
