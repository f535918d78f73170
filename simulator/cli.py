"""Command line: `python -m simulator [OPTIONS]` and `python -m simulator replay [OPTIONS] FILE`.

Exit status: 0 all delivered, 1 not, 2 wrong usage or settings, 130 interrupted.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import typer
from rich.console import Console

from fraud.payments.disposition import DEDUPLICATION_HORIZON
from simulator import options
from simulator.clock import Clock
from simulator.errors import SimulatorError
from simulator.faults.shares import Shares
from simulator.messages.block import Block
from simulator.messages.truth import Label
from simulator.moments import moment
from simulator.publishing.gateway import Gateway
from simulator.publishing.interruption import Interruption
from simulator.publishing.ledger import Ledger
from simulator.publishing.pace import Stop, at_once, when_due
from simulator.publishing.producer import PaymentProducer
from simulator.publishing.progress import progress
from simulator.publishing.session import Outcome, publish
from simulator.report import delivery_lines, failure_lines, gateway_lines, ledger_lines, run_lines
from simulator.request import Request
from simulator.settings import load_gateway_settings, load_kafka_settings
from simulator.traffic.replay import replayed
from simulator.traffic.run import Run

_CLOCK = Clock()
_INTERRUPTED = 130

# No pretty tracebacks: they show local variables, and those hold card data.
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def simulate(  # noqa: PLR0913 - every option of a typer command is a parameter
    context: typer.Context,
    *,
    scenario: options.Scenario = Label.NORMAL,
    base_rate: options.BaseRateOption = None,
    rate: options.Rate = 500.0,
    duration: options.Duration = 60.0,
    count: options.Count = None,
    background: options.Background = None,
    seed: options.Seed = 0,
    start: options.Start = None,
    accounts: options.Accounts = None,
    duplicates: options.Duplicates = 0.0,
    late: options.Late = 0.0,
    malformed: options.Malformed = 0.0,
    pace: options.Pace = True,
    authorize: options.Authorize = False,
    topic: options.Topic = options.TOPIC,
    ledger: options.LedgerFile = None,
) -> None:
    """Publish realistic payments, and attacks among them, to Kafka. The same seed and start give the same events.

    Kafka is where KAFKA_BOOTSTRAP_SERVERS says, in the environment or in .local/env; KAFKA_SECURITY_PROTOCOL,
    KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are for brokers that ask.
    """
    given = _given(context)
    if context.invoked_subcommand:
        if given:
            raise typer.BadParameter(f"--{min(given)} is of no use to {context.invoked_subcommand}")
        return
    if {"count", "duration"} <= given:
        raise typer.BadParameter("--count and --duration exclude each other")
    with _plain_errors():
        request = Request(
            scenario=scenario,
            base_rate=base_rate,
            rate=rate,
            duration=duration,
            count=count,
            background=background,
            seed=seed,
            start=start,
            accounts=accounts,
            shares=Shares(duplicates, late, malformed),
            pace=pace,
        )
        _simulate(request, topic, ledger, _gateway() if authorize else None)


@app.command()
def replay(file: options.EventFile, topic: options.Topic = options.TOPIC) -> None:
    """Publish payment events from a file of NDJSON, byte for byte as its lines stand.

    A line's key is its sender_account_id where it is a JSON object with a string there, otherwise it has none. Blank
    lines are left out.
    """
    with _plain_errors():
        outcome = _session(partial(at_once, replayed(file)), None, topic, None)
        typer.echo(f"{outcome.sent.sum():,} lines sent")
        _conclude(outcome, topic)


def _gateway() -> Gateway:
    return Gateway(load_gateway_settings().authorize_url, _CLOCK.elapsed)


def _simulate(request: Request, topic: str, ledger_path: Path | None, gateway: Gateway | None) -> None:
    began, now = _CLOCK.elapsed(), _CLOCK.now()
    run = request.run(now)
    if not request.pace and now - moment(run.start) > DEDUPLICATION_HORIZON:
        typer.echo("warning: the first events are more than an hour old, so they are late", err=True)
    with ExitStack() as open_files:
        ledger = Ledger(open_files.enter_context(ledger_path.open("wb"))) if ledger_path else None
        outcome = _session(partial(_traffic, run, request.pace, began, gateway), len(run), topic, ledger)
    _echo(run_lines(run, outcome))
    _echo(gateway_lines(gateway.tally) if gateway else ())
    _echo(ledger_lines(ledger) if ledger else ())
    _conclude(outcome, topic)


def _traffic(run: Run, pace: bool, began: float, gateway: Gateway | None, stop: Stop) -> Iterator[Block]:
    blocks = _paced(run, pace, began, stop)
    return gateway.decided(blocks) if gateway else blocks


def _paced(run: Run, pace: bool, began: float, stop: Stop) -> Iterator[Block]:
    if pace:
        return when_due(run.blocks(), lambda: _CLOCK.elapsed() - began, stop)
    return at_once(run.blocks(), stop)


def _session(
    blocks: Callable[[Stop], Iterator[Block]], total: int | None, topic: str, ledger: Ledger | None
) -> Outcome:
    producer = PaymentProducer(load_kafka_settings().client_options(), topic, ledger.delivered if ledger else None)
    producer.connect()
    with Interruption() as stop, progress(Console(stderr=True), total, _CLOCK.elapsed) as advance:
        outcome = publish(blocks(stop), producer, advance, _CLOCK)
        return replace(outcome, interrupted=stop.is_set())


def _conclude(outcome: Outcome, topic: str) -> None:
    _echo(delivery_lines(outcome, topic))
    if not outcome.complete:
        for line in failure_lines(outcome):
            typer.echo(line, err=True)
        raise typer.Exit(1)
    if outcome.interrupted:
        raise typer.Exit(_INTERRUPTED)


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _given(context: typer.Context) -> set[str]:
    """Names of the options that stand on the command line."""
    sources = ((name, context.get_parameter_source(name)) for name in context.params)
    return {name for name, source in sources if source and source.name == "COMMANDLINE"}


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn what a user can put right into one sentence."""
    try:
        yield
    except SimulatorError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(error.exit_status) from None
