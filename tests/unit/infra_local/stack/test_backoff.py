import pytest

from infra.local.stack.backoff import Backoff


@pytest.mark.parametrize(
    ("ends_at", "delays"),
    [
        ([0], [0]),
        ([0, 1, 2, 3], [0, 1, 2, 4]),
        ([0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 4, 8, 16, 30, 30]),
        ([0, 1, 121, 122], [0, 1, 2, 4]),
        ([0, 1, 122, 123], [0, 1, 0, 1]),
    ],
)
def test_delay_grows_until_a_quiet_time_forgives(ends_at: list[float], delays: list[float]) -> None:
    backoff = Backoff()
    assert [backoff.delay(now) for now in ends_at] == delays
