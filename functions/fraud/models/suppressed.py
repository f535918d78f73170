"""Payments that a gate held back: too fast, but probably no fraud; a person may look at one all the same."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from fraud.alerts.alert import alert_of
from fraud.cards import Action
from fraud.reviews import Act, Review, opened

THRESHOLD = 0.8
"""Only above it velocity becomes an alert (the seeds)."""


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """A payment without an alert, and what held that back; `gate` is SUPPRESSED, or SAMPLED for people to look at.

    `amount` is exact, in `currency`; `model_version` is the SHA-256 of the model that gave the probability.
    """

    transaction_id: str
    event_time: datetime
    sender_account_id: str
    amount: Decimal
    currency: str
    merchant_category: str
    velocity_60s: int
    fraud_probability: float
    model_version: str
    gate: str
    model_reasons: list[str] | None = None


def raised(row: Mapping[str, Any], person: str, reason: str, now: datetime) -> Review:
    """Return the review that a person opens of a payment that was held back, given its stored row."""
    review = opened(alert_of(row), Action.MANUAL_REVIEW, f"person:{person}", reason, now)
    return msgspec.structs.replace(review, history=[Act(now, person, "raised by hand", reason)])
