"""The terminal view of `make run`: what came in, what was scored, what was alerted; plain lines where no one looks."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from threading import Event
from time import monotonic
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table

from infra.local.view.figures import Figures, LiveAlert, Reader, Scored, latency_ms

_EVERY_S = 1.0
_LOOKS = 11
"""Of which a rate is made: ten seconds."""
_SHOWN = 8
_LINES_ABOUT_ROWS = 12
"""Of the screen: the summary, titles, heads and borders of two tables, and the prompt's line."""
_DISPOSITIONS = ("ACCEPTED", "DUPLICATE", "LATE", "REJECTED")
_STYLES = {"CRITICAL": "bold red", "HIGH": "yellow"}


class Rates:
    """How fast each count grows, in events a second over the last ten: counts grow by micro-batches, not evenly."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, Mapping[str, int]]] = deque(maxlen=_LOOKS)

    def update(self, now: float, counts: Mapping[str, int]) -> dict[str, float]:
        """Return the growth up to this call; `now` is in seconds of any steady clock."""
        self._looks.append((now, counts))
        then, earlier = self._looks[0]
        if now <= then:
            return dict.fromkeys(counts, 0.0)
        return {name: (number - earlier.get(name, 0)) / (now - then) for name, number in counts.items()}


class Display(Protocol):
    """Shows figures, once a second."""

    def show(self, figures: Figures, rates: Mapping[str, float]) -> None:
        """Show these figures, and the growth of their counts in events a second."""


class Lines:
    """A line where something has changed, and one for each new alert."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told: set[str] = set()
        self._last: tuple[object, ...] = ()

    def show(self, figures: Figures, rates: Mapping[str, float]) -> None:
        """Print the line unless its counts are those of the last, and the alerts not told before, oldest first."""
        state = figures.problem, dict(figures.positions)
        if state != self._last:
            self._console.print(summary(figures, rates), soft_wrap=True)
        self._last = state
        for alert in reversed(figures.alerts):
            if alert.transaction_id not in self._told:
                self._console.print(alert_line(alert), soft_wrap=True)
        self._told = {alert.transaction_id for alert in figures.alerts}


class Screen:
    """Tables that are drawn over."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def show(self, figures: Figures, rates: Mapping[str, float]) -> None:
        """Draw the tables anew, as many rows as the terminal has room for."""
        rows = max(1, min(_SHOWN, (self._live.console.height - _LINES_ABOUT_ROWS) // 2))
        tables = scored_table(figures.scored[:rows]), alert_table(figures.alerts[:rows])
        self._live.update(Group(summary(figures, rates), *tables), refresh=True)


def watch(reader: Reader, console: Console, stopped: Event) -> None:
    """Show what happens until `stopped` is set."""
    rates = Rates()
    with _display(console) as display:
        while not stopped.wait(_EVERY_S):
            figures = reader.read(_SHOWN)
            counts = {**figures.positions, "received": figures.received}
            display.show(figures, rates.update(monotonic(), counts))


@contextmanager
def _display(console: Console) -> Iterator[Display]:
    if not console.is_terminal:
        yield Lines(console)
        return
    with Live(console=console, auto_refresh=False) as live:
        yield Screen(live)


def summary(figures: Figures, rates: Mapping[str, float]) -> str:
    """Return the counts so far with their growth, and the latency."""
    if figures.problem:
        return f"No figures: {figures.problem}"
    if not figures.received:
        return "Nothing is judged yet: the job compiles its first micro-batch, which takes some seconds."
    counts = {"received": figures.received} | {name: figures.positions.get(name, 0) for name in _DISPOSITIONS}
    texts = [f"{name.lower()} {number:,} ({rates.get(name, 0):+.0f}/s)" for name, number in counts.items()]
    latency = latency_ms(figures.scored)
    return "  ".join(texts) + (f"  Kafka to job {latency:.0f} ms" if latency is not None else "")


def money(amount: Decimal, currency: str) -> str:
    """Return an amount without the zeros a database pads it with."""
    return f"{amount.normalize():f} {currency}"


def alert_line(alert: LiveAlert) -> str:
    """Return an alert in words."""
    return (
        f"ALERT {alert.severity} {alert.type}: {alert.sender_account_id}, {money(alert.amount, alert.currency)}, "
        f"{alert.velocity_60s} payments in 60 s, score {alert.fraud_score}"
    )


def scored_table(payments: Sequence[Scored]) -> Table:
    """Return the newest scored payments as a table."""
    table = Table("event time", "account", "amount", "region", "in 60 s", "score", title="Last scored payments")
    for payment in payments:
        table.add_row(
            f"{payment.event_time:%H:%M:%S.%f}"[:-3],
            payment.sender_account_id,
            money(payment.amount, payment.currency),
            payment.region,
            str(payment.velocity_60s),
            str(payment.fraud_score),
            style=_STYLES.get(payment.severity or ""),
        )
    return table


def alert_table(alerts: Sequence[LiveAlert]) -> RenderableType:
    """Return the newest alerts as a table."""
    table = Table("severity", "raised by", "account", "amount", "in 60 s", "score", title="Live alerts")
    for alert in alerts:
        table.add_row(
            alert.severity,
            alert.type,
            alert.sender_account_id,
            money(alert.amount, alert.currency),
            str(alert.velocity_60s),
            str(alert.fraud_score),
            style=_STYLES.get(alert.severity),
        )
    return table
