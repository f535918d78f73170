from datetime import timedelta

from fraud.payments.disposition import CLOCK_TOLERANCE, DEDUPLICATION_HORIZON, Disposition


def test_bounds_are_those_of_the_contract() -> None:
    assert (timedelta(hours=1), timedelta(minutes=5)) == (DEDUPLICATION_HORIZON, CLOCK_TOLERANCE)


def test_dispositions_are_written_as_their_names() -> None:
    assert list(Disposition) == ["ACCEPTED", "DUPLICATE", "LATE", "REJECTED"]
