"""The answer to "may this payment be charged?", from what is known of its card, device and sender.

The facts of the first look at a payment are kept, and the answer follows from them alone: whoever asks again is told
the same. What could not be found out makes a challenge, never a silent approval.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from fraud.cards import Action, CardAction, strongest
from fraud.lists import Listing
from fraud.payments.disposition import CLOCK_TOLERANCE, DEDUPLICATION_HORIZON
from fraud.scoring.velocity import Severity, velocity_severity

ANSWER_LIFE = DEDUPLICATION_HORIZON
"""How long the same question gets the same answer: as long as the stream knows a transaction's id."""


class Decision(StrEnum):
    """What the gateway is to do, from the mildest to the strictest."""

    APPROVED = "APPROVED"
    CHALLENGE_3DS = "CHALLENGE_3DS"
    DECLINED = "DECLINED"


class Reason(StrEnum):
    """Why, from the strongest to the weakest."""

    CARD_BLOCKED = "CARD_BLOCKED"
    BLOCKED_LIST = "BLOCKED_LIST"
    VELOCITY = "VELOCITY"
    CARD_SPREAD = "CARD_SPREAD"
    DEVICE_SPREAD = "DEVICE_SPREAD"
    CARD_REQUIRES_3DS = "CARD_REQUIRES_3DS"
    CARD_SHARED = "CARD_SHARED"
    DEVICE_SHARED = "DEVICE_SHARED"
    CARD_UNKNOWN = "CARD_UNKNOWN"
    LISTS_UNKNOWN = "LISTS_UNKNOWN"
    VELOCITY_UNKNOWN = "VELOCITY_UNKNOWN"
    CARD_IN_REVIEW = "CARD_IN_REVIEW"
    CLOCK_BEHIND = "CLOCK_BEHIND"


_REASONS = tuple(Reason)
_OF_ACTION = {
    Action.BLOCK_CARD: Reason.CARD_BLOCKED,
    Action.REQUIRE_3DS: Reason.CARD_REQUIRES_3DS,
    Action.MANUAL_REVIEW: Reason.CARD_IN_REVIEW,
}
_DECLINES = frozenset(_REASONS[: _REASONS.index(Reason.CARD_REQUIRES_3DS)])
_CHALLENGES = frozenset(_REASONS[_REASONS.index(Reason.CARD_REQUIRES_3DS) : _REASONS.index(Reason.CARD_IN_REVIEW)])

SHARED = 5
"""From so many accounts on one card, or cards on one device, within an hour its holder is asked to prove it."""
SPREAD = 10
"""From so many there is no holder to ask."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the first look found.

    `looked_at` is in UTC. `fingerprint` is of the payment that was looked at. `velocity_60s` is None where nobody could
    tell, and at least so high where `velocity_complete` is false. `states` are the card's, one under each key version;
    None where nobody could tell. `listed` names the lists that something of the payment is on, such as `BLOCK device`,
    separated by commas; None where nobody could tell. `card_accounts_1h` and `device_cards_1h` are attempts,
    counted as the stream counts payments; at least so high where `velocity_complete` is false, None where nobody could.
    """

    looked_at: datetime
    fingerprint: str
    velocity_60s: int | None = None
    velocity_complete: bool = True
    card_accounts_1h: int | None = None
    device_cards_1h: int | None = None
    states: list[CardAction] | None = None
    listed: str | None = None

    @property
    def list_hits(self) -> list[str]:
        """The lists that something of the payment is on."""
        return self.listed.split(",") if self.listed else []


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, for the gateway: reasons are not for whoever pays, who may be the thief.

    `card_action` is the strongest action in force, `list_hits` the lists that something of the payment is on;
    `decided_at` is when the facts were found (UTC).

    `clock_offset_seconds` tells by how much the payer's clock is off, below zero where it is behind; None where that is
    no more than five minutes.
    """

    transaction_id: str
    decision: Decision
    reasons: list[Reason]
    velocity_60s: int | None
    card_accounts_1h: int | None = None
    device_cards_1h: int | None = None
    card_action: Action | None
    list_hits: list[str] = []
    decided_at: datetime
    clock_offset_seconds: int | None = None


def decide(transaction_id: str, event_time: datetime, facts: Facts) -> Authorization:
    """Return the answer that the facts give about a payment; the same facts give the same answer."""
    state = strongest(facts.states or [], facts.looked_at)
    action = state.action if state else None
    offset = event_time - facts.looked_at
    reasons = sorted(_reasons(facts, action) | _clock_reasons(offset), key=_REASONS.index)
    return Authorization(
        transaction_id=transaction_id,
        decision=_decision(reasons),
        reasons=reasons,
        velocity_60s=facts.velocity_60s,
        card_accounts_1h=facts.card_accounts_1h,
        device_cards_1h=facts.device_cards_1h,
        card_action=action,
        list_hits=facts.list_hits,
        decided_at=facts.looked_at,
        clock_offset_seconds=round(offset.total_seconds()) if abs(offset) > CLOCK_TOLERANCE else None,
    )


def _clock_reasons(offset: timedelta) -> set[Reason]:
    """Return what is wrong with a clock that the stream will call late: the payment will be in no velocity."""
    return {Reason.CLOCK_BEHIND} if -offset > DEDUPLICATION_HORIZON else set()


def _reasons(facts: Facts, action: Action | None) -> set[Reason]:
    reasons = _counted(facts) | ({_OF_ACTION[action]} if action else set())
    if facts.states is None:
        reasons.add(Reason.CARD_UNKNOWN)
    if facts.listed is None:
        reasons.add(Reason.LISTS_UNKNOWN)
    if any(hit.startswith(Listing.BLOCK) for hit in facts.list_hits):
        reasons.add(Reason.BLOCKED_LIST)
    if facts.velocity_60s is not None and velocity_severity(facts.velocity_60s) is Severity.CRITICAL:
        return reasons | {Reason.VELOCITY}
    if facts.velocity_60s is None or not facts.velocity_complete:
        reasons.add(Reason.VELOCITY_UNKNOWN)
    return reasons


def _counted(facts: Facts) -> set[Reason]:
    counts = (
        (facts.card_accounts_1h or 0, Reason.CARD_SHARED, Reason.CARD_SPREAD),
        (facts.device_cards_1h or 0, Reason.DEVICE_SHARED, Reason.DEVICE_SPREAD),
    )
    return {spread if count >= SPREAD else shared for count, shared, spread in counts if count >= SHARED}


def _decision(reasons: list[Reason]) -> Decision:
    if _DECLINES.intersection(reasons):
        return Decision.DECLINED
    return Decision.CHALLENGE_3DS if _CHALLENGES.intersection(reasons) else Decision.APPROVED
