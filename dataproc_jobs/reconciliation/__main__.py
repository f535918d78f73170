"""`python -m reconciliation`: prove that every payment was stored once and counted right, or say which was not.

Exit status: 0 all is proved, 1 something differs, 2 a setting is wrong or a store cannot be asked.
"""

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import redis
import typer
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, firestore
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from fraud.configuration import problems
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.settings import KafkaSettings, SinkName, StreamSettings, WarehouseSettings
from reconciliation.alert_record import AlertRecord, why_not
from reconciliation.alerts import check_alerts
from reconciliation.dead_letters import DeadLetters, check_dead_letters
from reconciliation.finding import Finding
from reconciliation.holes import Holes
from reconciliation.payments import check_stored, check_sums, check_unique
from reconciliation.positions import audited_blocks, check_positions
from reconciliation.reach import UnreadableStoreError, finished, writing_since
from reconciliation.records import CHECK, Look, check_record
from reconciliation.tables import Tables

SHOWN = 20
REDIS_TIMEOUT_S = 10.0
RedisLost = Annotated[bool, typer.Option("--redis-lost-data", help="Accept alerts that Redis no longer has.")]
WithoutRecord = Annotated[
    bool, typer.Option("--without-firestore", help="Do not look at Firestore: no alert_fanout records alerts here.")
]
Patience = Annotated[
    float, typer.Option("--settle-seconds", min=0, help="How long to wait for alerts under way to Firestore.")
]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(width=160)


def now() -> datetime:
    """Return the moment in UTC: the last hour's alerts end here."""
    return datetime.now(UTC)


@app.command(help=__doc__)
def verify(
    *, redis_lost_data: RedisLost = False, without_firestore: WithoutRecord = False, settle_seconds: Patience = 60.0
) -> None:
    """Run every check and print what it found."""
    patience_s = None if without_firestore else settle_seconds
    try:
        findings = list(_findings(patience_s, redis_lost_data=redis_lost_data))
    except ValidationError as error:
        _fail(problems(error))
    except UnreadableStoreError as error:
        _fail(str(error))
    _show(findings)
    differing = sum(bool(finding.differences) for finding in findings)
    if differing:
        console.print(f"{differing} of {len(findings)} checks found differences.", style="bold red")
        raise typer.Exit(1)
    _conclude([finding.check for finding in findings if not finding.is_made])


def _findings(patience_s: float | None, *, redis_lost_data: bool) -> Iterator[Finding]:
    began, stream, warehouse = now(), StreamSettings(), WarehouseSettings()
    checkpoint = Checkpoint.at(stream.checkpoint_location)
    reaches = finished(checkpoint, KafkaSettings(), stream.payment_topic)
    with (
        closing(_client(warehouse)) as client,
        redis.Redis.from_url(
            stream.redis_url.get_secret_value(), socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
        ) as cache,
    ):
        tables = Tables(client, warehouse.bigquery_dataset, stream.payment_topic, reaches)
        blocks = audited_blocks(tables)
        yield from check_positions(tables, blocks, Holes(KafkaSettings(), stream.payment_topic))
        yield check_stored(tables)
        yield check_unique(tables)
        yield from check_sums(tables)
        if SinkName.DEAD_LETTER in stream.enabled_sinks:
            letters = DeadLetters(KafkaSettings(), stream.dead_letter_topic, stream.payment_topic)
            yield check_dead_letters(reaches, blocks, letters, whole=letters.is_whole())
        yield check_alerts(tables, cache, may_be_missing=redis_lost_data)
        look = Look(began, writing_since(checkpoint) or began, patience_s or 0.0)
        yield _of_record(tables, look, why_not(stream, warehouse, is_wanted=patience_s is not None))


def _of_record(tables: Tables, look: Look, reason_not_to: str | None) -> Finding:
    if reason_not_to:
        return Finding(CHECK, f"not looked at: {reason_not_to}", is_made=False)
    with closing(firestore.Client(tables.client.project)) as documents:
        return check_record(tables, AlertRecord(documents), look)


def _client(settings: WarehouseSettings) -> bigquery.Client:
    if settings.bigquery_emulator_host is None:
        return bigquery.Client(settings.google_cloud_project)
    return bigquery.Client(
        settings.google_cloud_project,
        AnonymousCredentials(),
        client_options=ClientOptions(api_endpoint=settings.bigquery_emulator_host),
    )


def _show(findings: list[Finding]) -> None:
    table = Table("check", "compared", "differences")
    for finding in findings:
        table.add_row(finding.check, finding.compared, str(len(finding.differences)) if finding.is_made else "-")
    console.print(table)
    for finding in findings:
        for difference in finding.differences[:SHOWN]:
            console.print(f"{finding.check}: {difference.position} {difference.what}", markup=False, highlight=False)
        if len(finding.differences) > SHOWN:
            console.print(f"{finding.check}: and {len(finding.differences) - SHOWN} more", markup=False)


def _conclude(not_made: list[str]) -> None:
    console.print("Every position that the job has finished is accounted for.", style="bold green")
    if not_made:
        console.print(f"Not looked at, and not proved: {', '.join(not_made)}.", style="bold yellow")


def _fail(message: str) -> None:
    Console(stderr=True).print(message, markup=False)
    raise typer.Exit(2)


if __name__ == "__main__":
    sys.exit(app())
