"""Instants as whole microseconds since 1970, UTC: exact, and what numpy computes with."""

from datetime import UTC, datetime, timedelta

import numpy as np

from simulator.columns import Numbers, Text, digits, join

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Return the microseconds since 1970 of an aware datetime."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros_since_1970: int) -> datetime:
    """Return the instant in UTC."""
    return _EPOCH + micros_since_1970 * _MICROSECOND


def rfc3339(instants: Numbers) -> Text:
    """Write instants in UTC, to the microsecond."""
    seconds, fraction = np.divmod(instants, SECOND)
    distinct, position = np.unique(seconds, return_inverse=True)
    written = np.datetime_as_string(distinct.astype("datetime64[s]")).astype("S19")
    return join(written[position], b".", digits(fraction, 6), b"Z")
