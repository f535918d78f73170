import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from rich.console import Console
from rich.live import Live

from infra.local.view.figures import Figures, LiveAlert, Scored
from infra.local.view.watch import Lines, Rates, Screen, money, summary

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, UTC)
ALERT = LiveAlert("T1", "ACC_1", "CRITICAL", "VELOCITY", 5, 55, Decimal("1.00"), "USD")
SCORED = Scored(NOW, "ACC_2", Decimal("12.50"), "EUR", "DE", 1, 0, None, NOW, NOW)


def console() -> tuple[Console, io.StringIO]:
    output = io.StringIO()
    return Console(file=output, width=120), output


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([(0.0, {"a": 5})], {"a": 0.0}),
        ([(0.0, {"a": 5}), (2.0, {"a": 25})], {"a": 10.0}),
        ([(0.0, {}), (1.0, {"a": 3})], {"a": 3.0}),
        ([(1.0, {"a": 3}), (1.0, {"a": 4})], {"a": 0.0}),
        # a batch every other second is no rate of nought in between
        ([(float(second), {"a": second // 2 * 200}) for second in range(15)], {"a": 100.0}),
        ([(float(second), {"a": max(0, second - 20) * 7}) for second in range(40)], {"a": 7.0}),
    ],
)
def test_rates_are_the_growth_over_ten_seconds(
    looks: list[tuple[float, dict[str, int]]], expected: dict[str, float]
) -> None:
    rates = Rates()
    assert [rates.update(now, counts) for now, counts in looks][-1] == expected


def test_the_summary_counts_every_disposition() -> None:
    figures = Figures({"ACCEPTED": 1200, "REJECTED": 3}, [SCORED])
    assert summary(figures, {"received": 99.6, "ACCEPTED": 98.0}) == (
        "received 1,203 (+100/s)  accepted 1,200 (+98/s)  duplicate 0 (+0/s)  late 0 (+0/s)  rejected 3 (+0/s)"
        "  Kafka to job 0 ms"
    )


def test_a_store_that_does_not_answer_is_told() -> None:
    assert summary(Figures(problem="TimeoutError: 5 s"), {}) == "No figures: TimeoutError: 5 s"


def test_before_the_first_batch_it_says_what_is_waited_for() -> None:
    assert summary(Figures(), {}).startswith("Nothing is judged yet")


def test_plain_lines_are_told_where_something_has_changed() -> None:
    target, output = console()
    lines = Lines(target)
    for accepted in (3, 3, 3, 4, 4):
        lines.show(Figures({"ACCEPTED": accepted}), {})
    told = output.getvalue().splitlines()
    assert [line.split("  ")[0] for line in told] == ["received 3 (+0/s)", "received 4 (+0/s)"]


def test_plain_lines_tell_an_alert_once() -> None:
    target, output = console()
    lines = Lines(target)
    for _ in range(2):
        lines.show(Figures(alerts=[ALERT]), {})
    told = [line for line in output.getvalue().splitlines() if line.startswith("ALERT")]
    assert told == ["ALERT CRITICAL VELOCITY: ACC_1, 1 USD, 5 payments in 60 s, score 55"]


def test_the_screen_is_drawn_at_each_look() -> None:
    output = io.StringIO()
    with Live(
        console=Console(file=output, width=120, force_terminal=True, color_system=None), auto_refresh=False
    ) as live:
        Screen(live).show(Figures({"ACCEPTED": 3}, [SCORED], [ALERT]), {})
        drawn = output.getvalue()
    for text in ("accepted 3", "12:00:00.123", "ACC_2", "12.5 EUR", "CRITICAL", "ACC_1", "55"):
        assert text in drawn


@pytest.mark.parametrize("height", [24, 50])
def test_the_screen_fits_the_terminal(height: int) -> None:
    output = io.StringIO()
    target = Console(file=output, width=120, height=height, force_terminal=True, color_system=None)
    with Live(console=target, auto_refresh=False) as live:
        Screen(live).show(Figures({"ACCEPTED": 3}, [SCORED] * 200, [ALERT] * 8), {})
        drawn = output.getvalue().splitlines()
    assert len(drawn) < height
    assert sum("ACC_1" in line for line in drawn) == min(8, (height - 12) // 2)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("1.00", "1 USD"), ("684.060000000", "684.06 USD"), ("9656.000000000", "9656 USD"), ("0.001", "0.001 USD")],
)
def test_money_is_shown_without_padding(amount: str, shown: str) -> None:
    assert money(Decimal(amount), "USD") == shown
