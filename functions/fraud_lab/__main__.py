"""`python -m fraud_lab`: try rules out on stored history before they act, and fetch the rules that stand."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from google.api_core.exceptions import GoogleAPIError
from google.auth.exceptions import GoogleAuthError
from pydantic import ValidationError
from rich.console import Console

from fraud.alerts.alert import Alert
from fraud.configuration import problems
from fraud.errors import FraudError
from fraud.models.label import MOST, Label, Labels, Source
from fraud.reviews import verdicts
from fraud.rules.facts import COUNT_WINDOW
from fraud.rules.rule import Rule, read_rules
from fraud.rules.ruleset import RuleSet, rule_set
from fraud.rules.trial import trial
from fraud_lab.display import show
from fraud_lab.errors import LabError
from fraud_lab.labels import of_ledger
from fraud_service.clock import now
from fraud_service.models.labels import LabelActs
from fraud_service.reviews.record import Reviews
from fraud_service.rules.history import alerts
from fraud_service.rules.record import rules_of
from fraud_service.stores.bounded import BoundedFirestore
from fraud_service.stores.warehouse import Warehouse
from sql.connection import connect
from sql.settings import Settings

STANDING = "live"
SHOWN_DIFFERENCES = 20

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
IN_UTC = typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"])
RuleSource = Annotated[str, typer.Argument(metavar="RULES", help=f"A JSON file, or `{STANDING}`: those that stand.")]


@app.command()
def backtest(
    rules: RuleSource,
    since: Annotated[datetime, IN_UTC],
    until: Annotated[datetime | None, IN_UTC] = None,
    against: Annotated[str | None, typer.Option(metavar="RULES", help="Rules to compare with.")] = None,
    labels: Annotated[Path | None, typer.Option(help="A ledger of the simulator, which knows what was fraud.")] = None,
    reviews: Annotated[bool, typer.Option(help="Read people's verdicts from Firestore.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Replay the alerts from SINCE up to before UNTIL (now), UTC, through rules, and say what each would have done."""
    with _telling_what_failed():
        period = (since.replace(tzinfo=UTC), until.replace(tzinfo=UTC) if until else now())
        tried, other = _rule_set(rules), _rule_set(against) if against else None
        truth = _truth(labels, period[0] if reviews else None)
        outcome = trial(_alerts(*period), period, tried, other, truth)
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(outcome).decode()) + "\n")
    else:
        show(Console(), outcome, SHOWN_DIFFERENCES)


@app.command()
def export() -> None:
    """Print the rules that stand, as a file that `backtest` reads."""
    with _telling_what_failed():
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(_standing()).decode()) + "\n")


@app.command()
def label(
    ledger: Annotated[Path, typer.Argument(help="A ledger of the simulator, which knows what was fraud.")],
) -> None:
    """Write the simulator's truth about stored payments to `payment_labels`; told again, it changes nothing."""
    with _telling_what_failed():
        truth, settings, moment = list(of_ledger(ledger).items()), Settings(), now()
        with connect(settings).client as client:
            acts = LabelActs(Warehouse(client, settings.bigquery_dataset), Reviews(_documents()))
            some = (truth[start : start + MOST] for start in range(0, len(truth), MOST))
            unknown = [one for part in some for one in acts.tell(_told(part, moment))]
    typer.echo(f"{len(truth) - len(unknown):,} payments labelled, {len(unknown):,} not stored")


def _told(truth: list[tuple[str, bool]], moment: datetime) -> Labels:
    return Labels(Source.SIMULATOR, [Label(identifier, is_fraud, moment) for identifier, is_fraud in truth])


def _alerts(since: datetime, until: datetime) -> list[Alert]:
    """Return the alerts from the hour before `since`, which count towards the first ones, up to before `until`."""
    settings = Settings()
    with connect(settings).client as client:
        return alerts(Warehouse(client, settings.bigquery_dataset), since - COUNT_WINDOW, until)


def _rule_set(source: str) -> RuleSet:
    if source == STANDING:
        return rule_set(_standing())
    try:
        return rule_set(read_rules(Path(source).read_bytes()))
    except OSError as error:
        raise LabError(f"{source}: {error.strerror}") from error


def _standing() -> list[Rule]:
    return rules_of(_documents()).load().items


def _truth(ledger: Path | None, reviewed_since: datetime | None) -> dict[str, bool]:
    """Return what is known; a person's verdict counts more than a label."""
    of_people = verdicts(Reviews(_documents()).decided_since(reviewed_since)) if reviewed_since else {}
    return (of_ledger(ledger) if ledger else {}) | of_people


def _documents() -> BoundedFirestore:
    return BoundedFirestore(Settings().google_cloud_project)


@contextmanager
def _telling_what_failed() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        _fail(problems(error))
    except FraudError as error:
        _fail(str(error))
    except (GoogleAPIError, GoogleAuthError) as error:
        _fail(f"Google Cloud: {error}")


def _fail(message: str) -> None:
    Console(stderr=True).print(message, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(2)


if __name__ == "__main__":
    app()
