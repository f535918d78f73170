"""BigQuery as the functions ask it: one statement at a time, values as parameters."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from fraud.errors import RetryableError
from fraud_service.settings import Settings, Text

CALL_LIMIT_S = 30.0
STATEMENT_LIMIT_S = 300.0
"""For what is done by the clock; who answers a person asks with a limit."""

GREETING_LIMIT_S = 5.0

Value = str | int | datetime | Sequence[str]


class WarehouseSettings(Settings):
    """The dataset; the emulator's endpoint is set on a laptop only."""

    google_cloud_project: Text
    bigquery_dataset: Text = "payment_data"
    bigquery_emulator_host: str | None = None


class Warehouse:
    """One dataset; a call that finds nobody is repeated for `call_limit_s`."""

    def __init__(self, client: bigquery.Client, dataset: str, call_limit_s: float = CALL_LIMIT_S) -> None:
        self._client = client
        self._dataset = f"{client.project}.{dataset}"
        self._call_limit_s = call_limit_s
        self._retry = bigquery.DEFAULT_RETRY.with_timeout(call_limit_s)

    def run(self, statement: str, **values: Value) -> list[dict[str, Any]]:
        """Run a statement and return its rows. Raises RetryableError while BigQuery is out of reach or refuses.

        A statement that fails is not run again here: the client would try for ten minutes, whatever it is told.
        """
        config = self._config(values)
        with reaching_bigquery():
            job = self._client.query(statement, config, retry=self._retry, timeout=self._call_limit_s, job_retry=None)
            rows = job.result(retry=self._retry, timeout=STATEMENT_LIMIT_S, job_retry=None)
            return [dict(row.items()) for row in rows]

    def ask(self, query: str, limit_s: float, **values: Value) -> list[dict[str, Any]]:
        """Run a query for a person who waits: each call once, for at most `limit_s`. Raises RetryableError likewise."""
        config = self._config(values)
        with reaching_bigquery():
            job = self._client.query(query, config, retry=_ONCE, timeout=limit_s, job_retry=None)
            return [dict(row.items()) for row in job.result(retry=_ONCE, timeout=limit_s, job_retry=None)]

    def greet(self, limit_s: float) -> None:
        """Ask for the dataset, once. Raises RetryableError likewise."""
        with reaching_bigquery():
            self._client.get_dataset(self._dataset, retry=_ONCE, timeout=limit_s)

    def _config(self, values: Mapping[str, Value]) -> bigquery.QueryJobConfig:
        parameters = [_parameter(name, value) for name, value in values.items()]
        return bigquery.QueryJobConfig(default_dataset=self._dataset, query_parameters=parameters)


@cache
def warehouse() -> Warehouse:
    """Return the dataset that the settings name."""
    settings = WarehouseSettings()
    project, host = settings.google_cloud_project, settings.bigquery_emulator_host
    if host is None:
        return Warehouse(bigquery.Client(project), settings.bigquery_dataset)
    client = bigquery.Client(project, AnonymousCredentials(), client_options={"api_endpoint": host})
    return Warehouse(client, settings.bigquery_dataset)


@contextmanager
def reaching_bigquery() -> Iterator[None]:
    """Turn the failures of BigQuery into RetryableError; its message may quote a statement, and is left out."""
    try:
        yield
    except (GoogleAPICallError, RetryError, OSError) as error:
        raise RetryableError(f"BigQuery does not answer: {type(error).__name__}") from None


def _parameter(name: str, value: Value) -> bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter:
    match value:
        case str():
            return bigquery.ScalarQueryParameter(name, "STRING", value)
        case int():
            return bigquery.ScalarQueryParameter(name, "INT64", value)
        case datetime():
            return bigquery.ScalarQueryParameter(name, "TIMESTAMP", value)
        case _:
            return bigquery.ArrayQueryParameter(name, "STRING", list(value))


_ONCE = bigquery.DEFAULT_RETRY.with_predicate(lambda _error: False)
