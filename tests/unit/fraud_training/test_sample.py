from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fraud_stream.classifier.features import NAMES
from fraud_training.sample import GAP, Sample, split, together

HOUR = timedelta(hours=1) // timedelta(microseconds=1)


def a_sample(hours: list[float], accounts: list[int]) -> Sample:
    count = len(hours)
    return Sample(
        features=np.ones((count, len(NAMES))),
        is_fraud=np.arange(count) % 2 == 0,
        kind=np.full(count, "normal"),
        episode=np.full(count, -1),
        account=np.array(accounts, np.uint64),
        card=np.array(accounts, np.uint64) + 1_000,
        at=np.array([round(hour * HOUR) for hour in hours], np.int64),
    )


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 40)), min_size=10, max_size=200))
def test_parts_share_no_account_and_lie_a_gap_apart(payments: list[tuple[float, int]]) -> None:
    hours, accounts = zip(*payments, strict=True)
    parts = split(together([a_sample(list(hours), list(accounts))]))
    kept = [parts.fitting, parts.calibration, parts.judging]
    for earlier, later in ((0, 1), (0, 2), (1, 2)):
        assert not set(kept[earlier].account) & set(kept[later].account)
        if len(kept[earlier]) and len(kept[later]):
            assert kept[later].at.min() - kept[earlier].at.max() >= GAP // timedelta(microseconds=1)


def test_samples_come_together_in_event_time() -> None:
    joined = together([a_sample([3, 1], [1, 2]), a_sample([2], [3])])
    assert joined.account.tolist() == [2, 3, 1]
