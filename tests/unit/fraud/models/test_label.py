from datetime import timedelta

import pytest

from fraud.cards import Action
from fraud.models.label import CLOCK_SKEW, Label, LabelError, Labels, Source, checked, labels_of
from fraud.reviews import Verdict, claimed, decided, opened
from tests.builders import NOON, make_alert

LABEL = Label("TXN_1", is_fraud=True, observed_at=NOON)


def test_what_a_bank_tells_is_taken() -> None:
    told = Labels(Source.CHARGEBACK, [LABEL])
    assert checked(told, NOON - CLOCK_SKEW) is told


@pytest.mark.parametrize(
    ("source", "age", "field"),
    [(Source.REVIEW, timedelta(0), "source"), (Source.SIMULATOR, timedelta(seconds=301), "labels[0].observed_at")],
)
def test_what_nobody_can_know_is_refused(source: Source, age: timedelta, field: str) -> None:
    with pytest.raises(LabelError) as refused:
        checked(Labels(source, [LABEL]), NOON - age)
    assert refused.value.field == field


def test_only_decided_reviews_tell_something() -> None:
    review = opened(make_alert(transaction_id="TXN_1"), Action.MANUAL_REVIEW, "rule:look@1", "why", NOON)
    taken = claimed(review, "jo", NOON)
    found = decided(taken, "jo", Verdict.CONFIRMED_FRAUD, "", NOON)
    cleared = decided(taken, "jo", Verdict.FALSE_POSITIVE, "", NOON)
    assert labels_of([review, taken, found, cleared]) == [LABEL, Label("TXN_1", is_fraud=False, observed_at=NOON)]
