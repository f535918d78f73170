"""`python -m reconciliation`: prove that every payment was stored once and counted right, or say which was not.

Exit status: 0 all is proved, 1 something differs, 2 a setting is wrong or a store cannot be asked.
"""

import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Annotated

import redis
import typer
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from fraud.configuration import problems
from fraud_stream.checkpoint import Checkpoint
from fraud_stream.settings import KafkaSettings, SinkName, StreamSettings, WarehouseSettings
from reconciliation.alerts import check_alerts
from reconciliation.dead_letters import DeadLetters, check_dead_letters
from reconciliation.finding import Finding
from reconciliation.payments import check_stored, check_sums, check_unique
from reconciliation.positions import audited_blocks, check_positions
from reconciliation.reach import UnreadableStoreError, finished
from reconciliation.tables import Tables

SHOWN = 20
RedisLost = Annotated[bool, typer.Option("--redis-lost-data", help="Accept alerts that Redis no longer has.")]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(width=160)


@app.command(help=__doc__)
def verify(*, redis_lost_data: RedisLost = False) -> None:
    """Run every check and print what it found."""
    try:
        findings = list(_findings(redis_lost_data=redis_lost_data))
    except ValidationError as error:
        _fail(problems(error))
    except UnreadableStoreError as error:
        _fail(str(error))
    _show(findings)
    differing = sum(bool(finding.differences) for finding in findings)
    if differing:
        console.print(f"{differing} of {len(findings)} checks found differences.", style="bold red")
        raise typer.Exit(1)
    console.print("Every position that the job has finished is accounted for.", style="bold green")


def _findings(*, redis_lost_data: bool) -> Iterator[Finding]:
    stream, warehouse = StreamSettings(), WarehouseSettings()
    reaches = finished(Checkpoint.at(stream.checkpoint_location), KafkaSettings(), stream.payment_topic)
    with (
        closing(_client(warehouse)) as client,
        redis.Redis.from_url(stream.redis_url.get_secret_value(), socket_timeout=10) as cache,
    ):
        tables = Tables(client, warehouse.bigquery_dataset, stream.payment_topic, reaches)
        blocks = audited_blocks(tables)
        yield from check_positions(tables, blocks)
        yield check_stored(tables)
        yield check_unique(tables)
        yield from check_sums(tables)
        if SinkName.DEAD_LETTER in stream.enabled_sinks:
            letters = DeadLetters(KafkaSettings(), stream.dead_letter_topic, stream.payment_topic)
            yield check_dead_letters(reaches, blocks, letters, whole=letters.is_whole())
        yield check_alerts(tables, cache, may_be_missing=redis_lost_data)


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
        table.add_row(finding.check, finding.compared, str(len(finding.differences)))
    console.print(table)
    for finding in findings:
        for difference in finding.differences[:SHOWN]:
            console.print(f"{finding.check}: {difference.position} {difference.what}", markup=False, highlight=False)
        if len(finding.differences) > SHOWN:
            console.print(f"{finding.check}: and {len(finding.differences) - SHOWN} more", markup=False)


def _fail(message: str) -> None:
    Console(stderr=True).print(message, markup=False)
    raise typer.Exit(2)


if __name__ == "__main__":
    sys.exit(app())
