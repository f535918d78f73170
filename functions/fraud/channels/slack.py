"""A notification in words, as Slack's incoming webhooks and those made after them take it."""

import msgspec

from fraud.alerts.notification import Notification, NotificationKind

_SPECIAL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""What Slack would read as links and mentions (https://docs.slack.dev/messaging/formatting-message-text)."""

_HEADLINES = {
    NotificationKind.INCIDENT_OPENED: "Fraud alert",
    NotificationKind.SEVERITY_RAISED: "Fraud alert, now worse",
}


def slack_message(news: Notification) -> bytes:
    """Return the body to post: plain text, in which nothing that a payment named can mention or link."""
    return msgspec.json.encode({"text": "\n".join(_lines(news)).translate(_SPECIAL)})


def _lines(news: Notification) -> tuple[str, ...]:
    seconds = (news.last_event_time - news.first_event_time).total_seconds()
    alerts = "1 alert" if news.alerts == 1 else f"{news.alerts} alerts in {seconds:.0f} s"
    return (
        f"*{_HEADLINES[news.kind]}: {news.severity}* on account {news.sender_account_id}, {alerts}",
        f"{news.amount} {news.currency} to merchant {news.merchant_id}, region {news.region},"
        f" {news.velocity_60s} payments in 60 s, score {news.fraud_score} ({', '.join(news.risk_flags)})",
        f"transaction {news.transaction_id}, incident {news.incident_id}, {news.event_time:%Y-%m-%d %H:%M:%S} UTC",
    )
