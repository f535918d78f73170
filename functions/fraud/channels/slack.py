"""A notification in words, as Slack's incoming webhooks and those made after them take it."""

import msgspec

from fraud.alerts.notification import Notification, NotificationKind

_SPECIAL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""What Slack would read as links and mentions (https://docs.slack.dev/messaging/formatting-message-text)."""

_HEADLINES = {
    NotificationKind.INCIDENT_OPENED: "Fraud alert",
    NotificationKind.SEVERITY_RAISED: "Fraud alert, now worse",
}


def slack_message(told: Notification) -> bytes:
    """Return the body to post: plain text, in which nothing that a payment named can mention or link."""
    return msgspec.json.encode({"text": "\n".join(_lines(told)).translate(_SPECIAL)})


def _lines(told: Notification) -> tuple[str, ...]:
    seconds = (told.last_event_time - told.first_event_time).total_seconds()
    alerts = "1 alert" if told.alerts == 1 else f"{told.alerts} alerts in {seconds:.0f} s"
    return (
        f"*{_HEADLINES[told.kind]}: {told.severity}* on account {told.sender_account_id}, {alerts}",
        f"{told.amount} {told.currency} to merchant {told.merchant_id}, region {told.region},"
        f" {told.velocity_60s} payments in 60 s, score {told.fraud_score} ({', '.join(told.risk_flags)})",
        f"transaction {told.transaction_id}, incident {told.incident_id}, {told.event_time:%Y-%m-%d %H:%M:%S} UTC",
    )
