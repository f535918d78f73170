"""The dataset's side: queries return blocks, sums or differences only, so memory does not grow with the table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from google.api_core.exceptions import GoogleAPIError
from google.cloud import bigquery

from reconciliation.reach import Reach, UnreadableStoreError

Parameter = int | datetime | Sequence[str]

_CHECKS = files("sql").joinpath("checks")

CALL_PATIENCE_S = 60.0
CHECK_PATIENCE_S = 1_800.0
"""For one check: it reads every row that the tables hold of a topic."""

_AGAIN = bigquery.DEFAULT_RETRY.with_timeout(CALL_PATIENCE_S)


@dataclass(frozen=True)
class Tables:
    """A dataset, looked at within what the job had finished."""

    client: bigquery.Client
    dataset: str
    topic: str
    reaches: Sequence[Reach]

    def rows(self, check: str, **parameters: Parameter) -> Iterator[dict[str, Any]]:
        """Yield the rows of `sql/checks/<check>.sql`; raises UnreadableStoreError when BigQuery refuses it."""
        ends = [reach.end for reach in self.reaches]
        config = bigquery.QueryJobConfig(
            default_dataset=f"{self.client.project}.{self.dataset}",
            query_parameters=[
                bigquery.ScalarQueryParameter("topic", "STRING", self.topic),
                bigquery.ArrayQueryParameter("ends", "INT64", ends),
                *(_parameter(name, value) for name, value in parameters.items()),
            ],
        )
        try:
            sql = _CHECKS.joinpath(f"{check}.sql").read_text()
            job = self.client.query(sql, config, retry=_AGAIN, timeout=CALL_PATIENCE_S)
            for row in job.result(page_size=10_000, retry=_AGAIN, timeout=CHECK_PATIENCE_S):
                yield dict(row.items())
        except (GoogleAPIError, OSError) as error:  # OSError: a time-out, or no connection
            raise UnreadableStoreError(f"BigQuery: {error}") from error


def _parameter(name: str, value: Parameter) -> bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter:
    match value:
        case int():
            return bigquery.ScalarQueryParameter(name, "INT64", value)
        case datetime():
            return bigquery.ScalarQueryParameter(name, "TIMESTAMP", value)
        case _:
            return bigquery.ArrayQueryParameter(name, "STRING", value)
