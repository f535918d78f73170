from datetime import timedelta

from fraud_stream.report.standing import Standing
from tests.builders import NOON


def progress(seconds: int, ends: dict[str, int], latest: dict[str, int]) -> dict[str, object]:
    timestamp = (NOON + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    source = {"endOffset": {"payment-events": ends}, "latestOffset": {"payment-events": latest}}
    return {"timestamp": timestamp, "sources": [source]}


def test_a_partition_with_records_that_no_batch_reads_stands_still() -> None:
    standing = Standing()
    told = [
        standing.longest_s(progress(0, {"0": 10, "1": 10}, {"0": 20, "1": 20})),
        standing.longest_s(progress(30, {"0": 15, "1": 10}, {"0": 30, "1": 20})),
        standing.longest_s(progress(70, {"0": 20, "1": 10}, {"0": 40, "1": 30})),
        standing.longest_s(progress(80, {"0": 30, "1": 11}, {"0": 50, "1": 30})),
    ]
    assert told == [0, 30, 70, 0]


def test_a_partition_without_records_does_not() -> None:
    standing = Standing()
    for seconds in (0, 100):
        assert standing.longest_s(progress(seconds, {"0": 10 + seconds, "1": 10}, {"0": 999, "1": 10})) == 0


def test_a_partition_that_was_never_read_does_and_an_unknown_end_tells_nothing() -> None:
    standing = Standing()
    standing.longest_s(progress(0, {}, {"2": 5}))
    assert standing.longest_s(progress(60, {}, {"2": 6})) == 60
    unknown = {"timestamp": NOON.isoformat(), "sources": [{"endOffset": None, "latestOffset": None}]}
    assert standing.longest_s(unknown) == 0
