import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud_stream.sinks.warehouse import are_missing

Position = tuple[str, int, int]
POSITIONS = st.tuples(st.sampled_from(["payment-events", "other"]), st.integers(0, 2), st.integers(0, 5))


def rows(positions: list[Position]) -> pa.Table:
    names = ["kafka_topic", "kafka_partition", "kafka_offset"]
    kinds = [pa.string(), pa.int64(), pa.int64()]
    columns = zip(*positions, strict=True) if positions else [()] * 3
    return pa.table([pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)], names)


@settings(max_examples=30)
@given(st.lists(POSITIONS, min_size=1, unique=True), st.sets(POSITIONS))
def test_stored_positions_are_left_out(positions: list[Position], stored: set[Position]) -> None:
    missing = are_missing(rows(positions), stored)
    assert [at for at, is_missing in zip(positions, missing, strict=True) if is_missing] == [
        at for at in positions if at not in stored
    ]
