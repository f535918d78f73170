"""What the simulator knows of a message that the message does not say: the ground truth for tests and classifiers."""

from enum import StrEnum
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]


class Label(StrEnum):
    """What kind of behaviour a payment belongs to; also the scenarios of the command line."""

    NORMAL = "normal"
    CARD_TESTING = "card-testing"
    LEGITIMATE_BURST = "legitimate-burst"
    ACCOUNT_TAKEOVER = "account-takeover"
    DISTRIBUTED_TESTING = "distributed-testing"
    SLOW_TESTING = "slow-testing"
    BUST_OUT = "bust-out"
    CARD_SPREAD = "card-spread"
    MULE = "mule"
    MALL = "mall"
    TRANSIT = "transit"
    IN_APP = "in-app"
    SPLIT_TENDER = "split-tender"
    MIDNIGHT_RENEWALS = "midnight-renewals"
    FAMILY_DEVICE = "family-device"
    CORPORATE_CARD = "corporate-card"
    TRAVELLER = "traveller"
    NEW_PHONE = "new-phone"
    CARRIER_NAT = "carrier-nat"

    @property
    def is_fraud(self) -> bool:
        """Whether a thief is at work."""
        return self in FRAUD


FRAUD = frozenset(
    {
        Label.CARD_TESTING,
        Label.ACCOUNT_TAKEOVER,
        Label.DISTRIBUTED_TESTING,
        Label.SLOW_TESTING,
        Label.BUST_OUT,
        Label.CARD_SPREAD,
        Label.MULE,
    }
)


class Fault(StrEnum):
    """What is wrong with a message. LATE and FUTURE_CLOCK are well-formed payments with a wrong event_time."""

    NONE = "none"
    LATE = "late"
    BAD_JSON = "bad-json"
    MISSING_FIELD = "missing-field"
    LETTERS_IN_AMOUNT = "letters-in-amount"
    NEGATIVE_AMOUNT = "negative-amount"
    LUHN_FAILURE = "luhn-failure"
    FUTURE_CLOCK = "future-clock"
    OVERSIZED_GARBAGE = "oversized-garbage"
    TOO_MANY_MINOR_DIGITS = "too-many-minor-digits"
    UNKNOWN_CURRENCY = "unknown-currency"
    BAD_EXPIRY = "bad-expiry"
    EMPTY_VALUE = "empty-value"
    NULL_VALUE = "null-value"
    ZERO_AMOUNT = "zero-amount"
    NOT_A_NUMBER = "not-a-number"
    NOT_AN_OBJECT = "not-an-object"
    NOT_UTF8 = "not-utf8"
    NOT_A_TIME = "not-a-time"
    LONG_TRANSACTION_ID = "long-transaction-id"
    CARD_NUMBER_ELSEWHERE = "card-number-elsewhere"


class Truth(NamedTuple):
    """Known of one message; `resent` when the same bytes went out before."""

    label: Label
    fault: Fault = Fault.NONE
    resent: bool = False


TRUTHS = (
    *(Truth(Label.NORMAL, *parts) for parts in product(Fault, (False, True))),
    *(Truth(label, resent=resent) for label in Label if label is not Label.NORMAL for resent in (False, True)),
)
"""Every possible truth (only ordinary messages are at fault); its position is its code, which fits a byte."""

CODE_OF = {truth: code for code, truth in enumerate(TRUTHS)}
"""The code of each truth."""

IS_FRAUD = np.array([truth.label.is_fraud for truth in TRUTHS])
"""Whether the truth of a code is of a thief's payment."""

IS_NORMAL = np.array([truth.label is Label.NORMAL for truth in TRUTHS])
"""Whether the truth of a code is of ordinary traffic."""
