"""`python -m sql`: bring the dataset to the .sql files, tell how it differs from them, build what is made daily."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import typer
from google.api_core.exceptions import GoogleAPIError
from google.auth.exceptions import GoogleAuthError
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from sql.connection import connect
from sql.daily import build_profiles, midnight
from sql.drift import Difference
from sql.settings import Settings
from sql.warehouse import Warehouse

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
console = Console()


@app.command()
def apply() -> None:
    """Create the dataset, tables and views, add missing nullable columns, replace views that differ.

    Exits 1 when a difference is left that only a person can mend, 2 when BigQuery cannot be used.
    """
    with _warehouse() as warehouse:
        found = warehouse.apply()
        left = warehouse.drift() if found else []
        _show("Mended", [difference for difference in found if difference not in left])
        _finish(left, warehouse)


@app.command()
def drift() -> None:
    """Show how the dataset differs from the files, and change nothing.

    Exits 1 when it differs, 2 when BigQuery cannot be used.
    """
    with _warehouse() as warehouse:
        _finish(warehouse.drift(), warehouse)


@app.command()
def profiles() -> None:
    """Build what is usual for each account as of the last midnight UTC, unless that is done; drop older days.

    In the cloud BigQuery's scheduler does. Exits 2 when BigQuery cannot be used.
    """
    as_of = midnight(datetime.now(UTC))
    with _warehouse() as warehouse:
        build_profiles(warehouse, as_of)
        console.print(f"Profiles stand as of {as_of:%Y-%m-%d}.")


@contextmanager
def _warehouse() -> Iterator[Warehouse]:
    try:
        warehouse = connect(Settings())
        with warehouse.client:
            yield warehouse
    except ValidationError as error:
        _fail("; ".join(f"{str(problem['loc'][0]).upper()}: {problem['msg']}" for problem in error.errors()))
    except (GoogleAPIError, GoogleAuthError) as error:
        _fail(f"BigQuery: {error}")


def _finish(left: list[Difference], warehouse: Warehouse) -> None:
    where = f"{warehouse.client.project}.{warehouse.dataset}"
    _show(f"{where} differs from the files", left)
    if left:
        raise typer.Exit(1)
    console.print(f"{where} is as the files say.")


def _show(title: str, found: list[Difference]) -> None:
    if not found:
        return
    table = Table("object", "aspect", "files", "BigQuery", "mended by", title=title)
    for difference in found:
        mender = "apply" if difference.mend else "a person"
        table.add_row(difference.name, difference.aspect, difference.expected, difference.found, mender)
    console.print(table)


def _fail(message: str) -> None:
    Console(stderr=True).print(message, markup=False)
    raise typer.Exit(2)


if __name__ == "__main__":
    sys.exit(app())
