from datetime import UTC, datetime, timedelta, timezone

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.columns import lines
from simulator.moments import micros, moment, rfc3339

INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@given(st.lists(INSTANTS, min_size=1, max_size=20))
def test_written_instants_read_back_exactly(instants: list[datetime]) -> None:
    written = lines(rfc3339(np.array([micros(instant) for instant in instants])))
    assert [datetime.fromisoformat(text.decode()) for text in written] == instants
    assert all(text.endswith(b"Z") and len(text) == 27 for text in written)


@given(INSTANTS)
def test_microseconds_and_instants_are_one_to_one(instant: datetime) -> None:
    assert moment(micros(instant)) == instant


def test_the_offset_from_utc_is_taken_into_account() -> None:
    local = datetime(2026, 11, 22, 10, tzinfo=timezone(timedelta(hours=1)))
    assert micros(local) == micros(datetime(2026, 11, 22, 9, tzinfo=UTC))
