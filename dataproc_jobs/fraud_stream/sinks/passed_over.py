"""Why records count for nothing: the reasons of those that are late or rejected, and how far off their clocks are."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fraud.payments.disposition import Disposition

MOST_OFFSETS = 20
"""Different offsets that a task tells: a clock that is off is off by one."""

_MINUTE_US = 60_000_000


def reasons(received: pa.Table) -> dict[str, int]:
    """Return how many received rows were passed over for what: `LATE APPEND_TIME`, `REJECTED INVALID_FIELD amount`."""
    over = _passed_over(received)
    told = pc.binary_join_element_wise(
        *(over[name] for name in ("disposition", "reason", "field")), " ", null_handling="skip"
    )
    return _counted(told)


def clock_offsets(received: pa.Table) -> dict[int, int]:
    """Return how many of them had a clock how many whole minutes ahead of Kafka's; behind it is less than none.

    Of records that hold no time nothing is told.
    """
    over = _passed_over(received)
    ahead = pc.subtract(over["event_time"], over["kafka_timestamp"]).cast(pa.int64()).drop_null()
    minutes = pc.round(pc.divide(ahead.cast(pa.float64()), float(_MINUTE_US))).cast(pa.int64())
    commonest = sorted(_counted(minutes).items(), key=lambda pair: -pair[1])
    return dict(commonest[:MOST_OFFSETS])


def _passed_over(received: pa.Table) -> pa.Table:
    fates = pa.array([Disposition.LATE.value, Disposition.REJECTED.value])
    return received.filter(pc.is_in(received["disposition"], fates))


def _counted(column: pa.ChunkedArray) -> dict[Any, int]:
    return {one["values"]: one["counts"] for one in column.value_counts().to_pylist()}
