"""What is held on a data subject, store by store, with the purpose of every field (GDPR Art. 15, CCPA 1798.110).

Beside it stands whatever else a subject must be told: whose hands it comes from and goes to, and what is decided by it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from fraud.scoring.facts import FIELDS

SCHEMA_VERSION = 1

_IDENTITY = "recognises the card again without its number: keyed, and useless without the key"
_POSITION = "proves that each event was handled exactly once, and lets an erasure reach what is in flight"
_PATTERN = "shows patterns of fraud: how often, from where, on which device a payer pays"
_FINDING = "what the fraud check found about the payment"
_MASKED = "shown to people in place of the card data, which is not stored"

PURPOSES: Mapping[str, str] = {
    **dict.fromkeys(FIELDS, _FINDING),
    "bin_token": _IDENTITY,
    "transaction_id": "tells payments apart, and a repeated message from a second payment",
    "event_time": "when the payment was made; payments in a short time are counted by it",
    "amount": "an unusual amount is a sign of fraud",
    "amount_usd": "compares amounts across currencies",
    "currency": "the amount's currency",
    "sender_account_id": "whose payments are counted together",
    "receiver_account_id": "who was paid",
    "merchant_id": "where it was paid",
    "merchant_category": "what kind of merchant was paid",
    "status": "whether the payment was pending, approved or declined",
    "user_email": "finds the subject who writes to us; cleared by an erasure",
    "masking_timestamp": "shows that card data was masked, and when",
    "masking_reason": "shows why card data was masked",
    "erasure_requested": "shows that an erasure was asked for",
    "erasure_timestamp": "shows when an erasure was done",
    "disposition": "whether the event counted, was a duplicate, late or rejected",
    "late_reason": "why the event came too late to be counted",
    "ingested_at": "when the event was handled",
    "is_fraud": "whether the payment turned out to be fraud",
    "source": "who says so: a rule, a person, a bank",
    "observed_at": "when that became known",
    "recorded_at": "when that was written down",
    **dict.fromkeys(("pii_hash", "card_token", "pii_key_version"), _IDENTITY),
    **dict.fromkeys(("kafka_topic", "kafka_partition", "kafka_offset", "kafka_timestamp"), _POSITION),
    **dict.fromkeys(("region", "device_id", "ip_address"), _PATTERN),
    **dict.fromkeys(("credit_card_masked", "cvv_masked", "card_expiry_masked"), _MASKED),
    **dict.fromkeys(
        (
            "velocity_60s",
            "velocity_5m",
            "velocity_complete",
            "is_velocity_fraud",
            "velocity_fraud_peers",
            "geographic_risk",
            "device_risk",
            "fraud_score",
            "is_high_risk",
            "risk_flags",
            "reason_codes",
            "list_hits",
            "is_alert",
            "fraud_probability",
            "model_version",
            "model_reasons",
            "gate",
            "challenger_probability",
            "challenger_version",
            "severity",
            "type",
        ),
        _FINDING,
    ),
}
"""By field; any other field has the purpose of its store."""


class Place(msgspec.Struct, frozen=True):
    """A store: why it holds the subject, on which legal ground, for how long."""

    store: str
    purpose: str
    legal_ground: str = "legitimate interest in preventing fraud: GDPR Art. 6(1)(f), recital 47"
    kept_for: str = "until the partition expires, if the deployment sets an expiry, or the subject is erased"


_MARK = "that the card was erased, and up to where: keeps what is still on its way from being recorded again"
_TO_ERASE = "legal obligation to erase: GDPR Art. 6(1)(c), 17(1)"
_UNTIL_ERASED = "until the subject is erased"
_FOR_A_TIME = "for the days that the deployment sets, if it does, or until the subject is erased"
PLACES = (
    Place("bigquery.payment_transactions", "payments with masked card data"),
    Place("bigquery.payment_transactions_fraud", "the same payments with what the fraud check found"),
    Place("bigquery.fraud_velocity_alerts", "payments that were too many in a short time"),
    Place(
        "bigquery.account_profiles",
        "what is usual for an account that the card has paid for: amount, devices, merchants, the latest payment",
        kept_for="two days, then made anew from the payments that are left",
    ),
    Place("bigquery.payment_late_events", "payments that came too late to be counted"),
    Place("bigquery.payment_labels", "whether a payment turned out to be fraud, and who says so"),
    Place(
        "bigquery.pii_masking_audit",
        "evidence of what was masked and erased",
        "legal obligation to show compliance: GDPR Art. 5(2), 6(1)(c); PCI DSS 10",
        "stays after an erasure, without the e-mail address",
    ),
    Place("firestore.alerts", "alerts that people and programs act on", kept_for=_FOR_A_TIME),
    Place("firestore.reviews", "what a person found about an alert", kept_for=_FOR_A_TIME),
    Place("firestore.decisions", "what the rules decided about an alert, and why", kept_for=_FOR_A_TIME),
    Place("firestore.cards", "what holds for the card: blocked, challenged, released", kept_for=_UNTIL_ERASED),
    Place("firestore.lists", "that the card is on a list, and why", kept_for=_UNTIL_ERASED),
    Place(
        "firestore.erased_cards",
        _MARK,
        _TO_ERASE,
        "three weeks beyond the retention of raw events, counted from an erasure's end",
    ),
    Place("redis.erased_cards", _MARK, _TO_ERASE, "the retention of raw events, counted from an erasure's end"),
    Place("redis.alert_stream", "alerts for the live page", kept_for="the newest 10,000 alerts"),
    Place("firestore.incidents", "alerts that belong together, so that people are told once", kept_for=_FOR_A_TIME),
    Place("firestore.deliveries", "whether a team was told of an alert, and when", kept_for=_FOR_A_TIME),
    Place("redis.live_alerts", "the latest alert of an account, for whoever acts at once", kept_for="five minutes"),
    Place("redis.counted_alerts", "how many alerts an account has had, which rules go by", kept_for="an hour"),
)


class AutomatedDecision(msgspec.Struct, frozen=True):
    """What is decided without a person: by which logic, with what consequence (GDPR Art. 15(1)(h), 22)."""

    decision: str
    logic: str
    consequence: str


class Holding(msgspec.Struct, frozen=True):
    """What one store holds; `fields` tells what each of the records' fields is for."""

    place: Place
    fields: dict[str, str]
    records: list[dict[str, Any]]
    is_complete: bool


class SubjectReport(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an access request."""

    schema_version: int = SCHEMA_VERSION
    report_id: str
    generated_at: datetime
    identified_by: str
    key_versions: list[str]
    raw_copies: str
    sources: str
    recipients: list[str]
    decisions: list[AutomatedDecision]
    rights: str
    holdings: list[Holding]

    @property
    def records(self) -> int:
        """How many records all stores hold."""
        return sum(len(holding.records) for holding in self.holdings)


RAW_COPIES = (
    "the events as they came, with card data, stay in the raw topic for its retention; they cannot be looked up by "
    "subject, and no one but the masking job may read them"
)
SOURCES = (
    "the payment events that the payment gateway and merchants' systems send; what the fraud check computes from them; "
    "what people of the fraud team write in reviews"
)
RECIPIENTS = (
    "the fraud team",
    "the payment gateway, which is told to approve, challenge or decline",
    "teams of ours that subscribe to fraud alerts, and are told of erasures",
    "Google Cloud and the operator of Kafka, who process on our behalf",
)
"""Everywhere; a deployment adds whom else it tells."""

DECISIONS = (
    AutomatedDecision(
        "a risk score from 0 to 100, and an alert",
        "points for signs of fraud, each named in `risk_flags`: how many payments an account makes in 60 seconds and "
        "in 5 minutes, an unusual amount, another region or several devices within minutes",
        "above the limits the fraud team and the rules are told; the payment itself is not stopped by it",
    ),
    AutomatedDecision(
        "a block of a card, or a challenge at its next payments",
        "rules that the fraud team writes, over the alerts of an account and the score; the rule and its version stand "
        "beside each decision",
        "the card's payments are declined, or need a second factor, until a person releases it or the block ends; the "
        "privacy office takes an objection, and a person decides anew",
    ),
    AutomatedDecision(
        "approval of a payment before it is charged",
        "the card's block or challenge, and more than four attempts of an account within 60 seconds",
        "the payment is approved, challenged or declined; it may be tried again",
    ),
)
RIGHTS = (
    "rectification, erasure, restriction and objection at the address of the privacy office; a complaint with a "
    "supervisory authority (GDPR Art. 15(1)(e), (f))"
)


def holding(place: Place, records: Sequence[dict[str, Any]], limit: int) -> Holding:
    """Return what a store holds, with the purpose of every field that occurs in its records."""
    names = dict.fromkeys(name for record in records for name in record)
    shown = list(records[:limit])
    return Holding(place, {name: PURPOSES.get(name, place.purpose) for name in names}, shown, len(records) <= limit)
