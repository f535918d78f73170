"""The drawing of an account's payments around a moment: where each point, step and window stands, as SVG wants it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fraud.accounts.payments import AccountPayment, velocity_steps
from fraud.scoring.velocity import MAX_NORMAL_VELOCITY, VELOCITY_WINDOW

BEFORE = timedelta(minutes=8)
AFTER = timedelta(minutes=2)
"""The drawing shows this much before and after its moment."""

WIDTH, HEIGHT = 1_000.0, 200.0
_TOP = 12.0
_LEAST_TOP_COUNT = MAX_NORMAL_VELOCITY + 2


@dataclass(frozen=True)
class Window:
    """The 60 s up to a payment that raised an alert."""

    x: float
    width: float


@dataclass(frozen=True)
class Point:
    """A payment at its velocity."""

    x: float
    y: float
    payment: AccountPayment


@dataclass(frozen=True)
class Timeline:
    """`steps` is a path of the number of payments in the trailing 60 s; `limit_y` stands at the most that is normal."""

    start: datetime
    end: datetime
    top_count: int
    limit_y: float
    windows: list[Window]
    steps: str
    points: list[Point]


def timeline(payments: Sequence[AccountPayment], around: datetime) -> Timeline:
    """Return the drawing of the payments around a moment."""
    start, end = around - BEFORE, around + AFTER
    counted = [payment for payment in payments if start - VELOCITY_WINDOW < payment.event_time <= end]
    shown = [payment for payment in counted if payment.event_time >= start]
    steps = velocity_steps(payment.event_time for payment in counted)
    top = max([_LEAST_TOP_COUNT, *(step.count for step in steps), *(payment.velocity_60s for payment in shown)])
    scale = _Scale(start, end, top)
    return Timeline(
        start=start,
        end=end,
        top_count=top,
        limit_y=scale.y(MAX_NORMAL_VELOCITY),
        windows=[scale.window(payment.event_time) for payment in shown if payment.raised_alert],
        steps=scale.path([(step.at, step.count) for step in steps]),
        points=[Point(scale.x(one.event_time), scale.y(one.velocity_60s), one) for one in shown],
    )


@dataclass(frozen=True)
class _Scale:
    start: datetime
    end: datetime
    top: int

    def x(self, moment: datetime) -> float:
        share = (min(max(moment, self.start), self.end) - self.start) / (self.end - self.start)
        return round(WIDTH * share, 2)

    def y(self, count: int) -> float:
        return round(HEIGHT - (HEIGHT - _TOP) * count / self.top, 2)

    def window(self, moment: datetime) -> Window:
        left = self.x(moment - VELOCITY_WINDOW)
        return Window(left, round(self.x(moment) - left, 2))

    def path(self, steps: Sequence[tuple[datetime, int]]) -> str:
        drawn = "".join(f"H{self.x(at)}V{self.y(count)}" for at, count in steps if at <= self.end)
        return f"M0 {self.y(0)}{drawn}H{WIDTH}"
