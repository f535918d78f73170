from datetime import timedelta

from fraud.payments.disposition import CLOCK_TOLERANCE, DEDUPLICATION_HORIZON, WATERMARK_DELAY, Disposition


def test_bounds_are_those_of_the_contract() -> None:
    assert (timedelta(hours=1), timedelta(minutes=5)) == (DEDUPLICATION_HORIZON, CLOCK_TOLERANCE)


def test_an_event_on_time_is_never_below_a_watermark_moved_by_the_fastest_clock_allowed() -> None:
    oldest_on_time, furthest_ahead = -DEDUPLICATION_HORIZON, CLOCK_TOLERANCE
    assert oldest_on_time >= furthest_ahead - WATERMARK_DELAY


def test_dispositions_are_written_as_their_names() -> None:
    assert list(Disposition) == ["ACCEPTED", "DUPLICATE", "LATE", "REJECTED"]
