from fraud.alerts.alert import COLUMNS
from fraud.models.suppressed import raised
from fraud.reviews import Act, ReviewState
from tests.builders import NOON, make_alert


def test_a_review_that_a_person_opens_says_who_and_why() -> None:
    alert = make_alert(transaction_id="TXN_trip")
    row = {name: getattr(alert, name) for name in COLUMNS}

    review = raised(row, "jo", "the shops are far apart", NOON)

    assert (review.transaction_id, review.state, review.action) == ("TXN_trip", ReviewState.OPEN, "MANUAL_REVIEW")
    assert (review.source, review.reason) == ("person:jo", "the shops are far apart")
    assert review.history == [Act(NOON, "jo", "raised by hand", "the shops are far apart")]
    assert (review.amount, review.card_token) == (alert.amount, alert.card_token)
