import json
from datetime import timedelta
from decimal import Decimal

import pytest

from fraud.alerts.alert import Alert
from fraud.alerts.incident import join, opened
from fraud.alerts.notification import (
    Notification,
    NotificationKind,
    decode_notification,
    encode_notification,
    notification,
    notification_id,
)
from fraud.scoring.velocity import Severity
from tests.builders import NOON, make_alert

FIRST = make_alert(transaction_id="TXN_1", amount=Decimal("1.00"))
CRITICAL = make_alert(transaction_id="TXN_2", severity=Severity.CRITICAL, event_time=NOON + timedelta(seconds=5))


def told(alert: Alert, *before: Alert) -> Notification | None:
    known = [opened(one) for one in before]
    return notification(alert, join(alert, known).incident, known)


@pytest.mark.parametrize(
    ("alert", "before", "kind"),
    [
        (FIRST, [], NotificationKind.INCIDENT_OPENED),
        (CRITICAL, [], NotificationKind.INCIDENT_OPENED),
        (CRITICAL, [FIRST], NotificationKind.SEVERITY_RAISED),
        (FIRST, [CRITICAL], None),
        (FIRST, [make_alert(transaction_id="TXN_0")], None),
        (CRITICAL, [FIRST, make_alert(transaction_id="TXN_0", severity=Severity.CRITICAL)], None),
    ],
)
def test_only_news_is_told(alert: Alert, before: list[Alert], kind: NotificationKind | None) -> None:
    news = told(alert, *before)
    assert (news and news.kind) == kind


def test_a_notification_shows_the_incident_and_the_alert_but_nothing_of_the_card() -> None:
    news = told(CRITICAL, FIRST)
    assert news is not None
    document = json.loads(encode_notification(news), parse_float=Decimal)
    assert (document["incident_id"], document["alerts"], document["transaction_id"]) == ("TXN_1", 2, "TXN_2")
    assert (document["amount"], document["currency"]) == (Decimal("1.00"), "USD")
    assert not {"card_token", "pii_hash", "pii_key_version", "device_id"} & set(document)
    assert decode_notification(encode_notification(news)) == news


def test_the_id_is_the_same_for_the_same_transaction_and_fit_for_headers() -> None:
    assert notification_id("TXN_1") == notification_id("TXN_1") != notification_id("TXN_2")
    assert notification_id("a/b.\r\nc é").removeprefix("ntf_").isalnum()
