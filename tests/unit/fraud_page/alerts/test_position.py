import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_page.alerts.position import START, Position

positions = st.builds(Position, st.integers(0, 10**16 - 1), st.integers(0, 10**18 - 1))


@given(positions)
def test_a_position_is_read_as_it_is_written(position: Position) -> None:
    assert Position.parse(str(position)) == position
    assert position >= START


def test_positions_have_the_streams_order() -> None:
    assert Position.parse("9-2") < Position.parse("9-10") < Position.parse("10-0")


@pytest.mark.parametrize("text", ["", "1", "-", "1-", "1-2-3", "+", "$", "1-2\n", "-1-2", "1" * 17 + "-1"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="position"):
        Position.parse(text)
