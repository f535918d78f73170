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


TRUTHS = tuple(Truth(*parts) for parts in product(Label, Fault, (False, True)))
"""Every possible truth; its position is its code, which fits a byte."""

CODE_OF = {truth: code for code, truth in enumerate(TRUTHS)}
"""The code of each truth."""

IS_NORMAL = np.array([truth.label is Label.NORMAL for truth in TRUTHS])
"""Whether the truth of a code is of ordinary traffic."""
