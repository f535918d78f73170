from datetime import timedelta

import pytest

from fraud_page.accounts.timeline import HEIGHT, WIDTH, timeline
from tests.builders import NOON, make_account_payment


def test_points_steps_and_windows_stand_at_their_moments() -> None:
    drawing = timeline([make_account_payment(velocity_60s=4, is_velocity_fraud=True)], NOON)
    [point], [window] = drawing.points, drawing.windows
    assert (point.x, window.x + window.width) == (800, 800)
    assert window.width == 100
    assert point.y < drawing.limit_y < HEIGHT
    assert drawing.steps == "M0 200.0H800.0V162.4H900.0V200.0H1000.0"


@pytest.mark.parametrize(
    ("minutes", "is_drawn"), [(-8, True), (2, True), (-8.5, False), (2.01, False), (-9, False), (300, False)]
)
def test_only_what_lies_around_the_moment_is_drawn(minutes: float, *, is_drawn: bool) -> None:
    payment = make_account_payment(event_time=NOON + timedelta(minutes=minutes))
    assert bool(timeline([payment], NOON).points) == is_drawn


def test_nothing_is_drawn_outside_the_frame() -> None:
    moments = [NOON + timedelta(seconds=second) for second in range(-600, 300, 7)]
    payments = [make_account_payment(event_time=at, is_high_risk=True, velocity_60s=9) for at in moments]
    drawing = timeline(payments, NOON)
    assert all(0 <= point.x <= WIDTH and 0 <= point.y <= HEIGHT for point in drawing.points)
    assert all(0 <= one.x <= one.x + one.width <= WIDTH for one in drawing.windows)
