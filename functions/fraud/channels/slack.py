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
    """Return the body to post, in which nothing that a payment named mentions, links, or passes for a line of ours.

    What it named stands in one line and as code, in which Slack and its likes see neither addresses nor formatting.
    """
    return msgspec.json.encode({"text": "\n".join(_lines(news)).translate(_SPECIAL)})


def _named(value: str) -> str:
    """Return what a payment named, as code: without what ends the line, the code, or is not to be seen."""
    seen = "".join(character if character.isprintable() else " " for character in value)
    return f"`{seen.replace('`', chr(0x2019))}`"


def _lines(news: Notification) -> tuple[str, ...]:
    seconds = (news.last_event_time - news.first_event_time).total_seconds()
    alerts = "1 alert" if news.alerts == 1 else f"{news.alerts} alerts in {seconds:.0f} s"
    return (
        f"*{_HEADLINES[news.kind]}: {news.severity}* on account {_named(news.sender_account_id)}, {alerts}",
        f"{news.amount} {news.currency} to merchant {_named(news.merchant_id)}, region {_named(news.region)},"
        f" {news.velocity_60s} payments in 60 s, score {news.fraud_score} ({', '.join(news.risk_flags)})",
        f"transaction {_named(news.transaction_id)}, incident {_named(news.incident_id)},"
        f" {news.event_time:%Y-%m-%d %H:%M:%S} UTC",
    )
