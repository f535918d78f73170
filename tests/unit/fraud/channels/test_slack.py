import json
from datetime import timedelta

import pytest

from fraud.alerts.incident import join, opened
from fraud.alerts.notification import notification
from fraud.channels.slack import slack_message
from fraud.scoring.velocity import Severity
from tests.builders import NOON, make_alert


def text(account: str = "ACC_100", merchant: str = "MER_42") -> str:
    known = opened(make_alert(transaction_id="TXN_1"))
    alert = make_alert(
        transaction_id="TXN_2",
        sender_account_id=account,
        merchant_id=merchant,
        severity=Severity.CRITICAL,
        event_time=NOON + timedelta(seconds=40),
    )
    told = notification(alert, join(alert, [known]).incident, [known])
    assert told is not None
    message = json.loads(slack_message(told))
    assert set(message) == {"text"}
    return str(message["text"])


def test_a_notification_in_words() -> None:
    assert text().splitlines() == [
        "*Fraud alert, now worse: CRITICAL* on account `ACC_100`, 2 alerts in 40 s",
        "1.00 USD to merchant `MER_42`, region `US-CA-LA`, 4 payments in 60 s, score 40 (VELOCITY_60S)",
        "transaction `TXN_2`, incident `TXN_1`, 2026-03-01 12:00:40 UTC",
    ]


def test_what_a_payment_names_can_neither_mention_nor_link() -> None:
    told = text(account="<!channel>", merchant="<http://a.example|b> & c")
    assert "<" not in told
    assert "&lt;!channel&gt;" in told
    assert "&amp; c" in told


@pytest.mark.parametrize(
    "forged",
    [
        "ACC\n*All clear: LOW* on account ACC_1",
        "ACC\r\u2028*All clear*",
        "https://bank.example.evil/login",
        "` *bold* `",
        "a\u202egro.knab",
        "\u0085next",
    ],
)
def test_a_payment_forges_no_line_and_no_link(forged: str) -> None:
    told = text(account=forged, merchant=forged)
    assert len(told.splitlines()) == 3
    assert all(character.isprintable() for line in told.splitlines() for character in line)
    outside = told.split("`")[::2]
    assert not [part for part in outside if "*All clear" in part or "*bold*" in part or "://" in part]
