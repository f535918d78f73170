"""Hypothesis strategies for sequences of charges, crowded around the edges of the windows."""

import operator

from hypothesis import strategies as st

from tests.unit.fraud_stream.velocity_oracle import SECOND, Charge

MOMENTS = st.builds(operator.add, st.integers(0, 36).map(lambda step: step * 15 * SECOND), st.integers(-1, 1))
START = 1_772_366_400 * SECOND


def charges() -> st.SearchStrategy[Charge]:
    """Return charges of few senders, regions and devices, many of them exactly a window apart."""
    return st.builds(
        Charge,
        sender=st.sampled_from([-(2**63), -1, 0, 7, 2**63 - 1]),
        at=MOMENTS.map(lambda moment: START + moment),
        region=st.integers(1, 2),
        device=st.integers(1, 4),
    )


def in_any_order() -> st.SearchStrategy[list[Charge]]:
    """Return charges in any order of event time."""
    return st.lists(charges(), min_size=1, max_size=25)


def in_order() -> st.SearchStrategy[list[Charge]]:
    """Return charges in event time."""
    return in_any_order().map(lambda drawn: sorted(drawn, key=lambda charge: charge.at))
