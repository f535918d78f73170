"""The dataset as it stands in BigQuery: read, compared with the files, and brought to them."""

from collections.abc import Iterable

from google.api_core.exceptions import NotFound
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_JOB_RETRY

from sql.drift import Difference, differences
from sql.schema import Column, Mode, Table, View, definitions, normalised

# Seconds; the library's own ten minutes look like a hang.
_PATIENCE = bigquery.DEFAULT_RETRY.with_timeout(30)
_JOB_PATIENCE = DEFAULT_JOB_RETRY.with_timeout(60)
_TIME_TRAVEL_HOURS = 48  # the least BigQuery allows: an erased row is soon beyond reach
_TYPES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}  # the API's older names


class Warehouse:
    """One dataset; every call raises google.api_core.exceptions.GoogleAPIError when BigQuery refuses it."""

    def __init__(self, client: bigquery.Client, dataset: str, location: str) -> None:
        self.client = client
        self.dataset = dataset
        self.location = location

    def apply(self) -> list[Difference]:
        """Create the dataset, mend what can be mended, and return the differences found on the way."""
        self._create()
        found = self.drift()
        for statement in dict.fromkeys(difference.mend for difference in found if difference.mend):
            self.run(statement)
        return found

    def drift(self) -> list[Difference]:
        """Return every difference between the files and the dataset; without a usable dataset, only that."""
        of_dataset = self.compare_dataset()
        if any(difference.mend is None for difference in of_dataset):
            return of_dataset
        return of_dataset + [difference for item in definitions(self.dataset) for difference in self.compare(item)]

    def compare_dataset(self) -> list[Difference]:
        """Compare the dataset's place and time travel with the settings."""
        try:
            found = self.client.get_dataset(self.dataset, retry=_PATIENCE)
        except NotFound:
            return [Difference(self.dataset, "existence", "dataset", "nothing")]
        if found.location.casefold() != self.location.casefold():
            return [Difference(self.dataset, "location", self.location, found.location)]
        return self.compare_time_travel(found)

    def compare_time_travel(self, found: bigquery.Dataset) -> list[Difference]:
        """Compare how long the dataset keeps deleted rows within reach."""
        if found.max_time_travel_hours == _TIME_TRAVEL_HOURS:
            return []
        mend = f"alter schema {self.dataset} set options (max_time_travel_hours = {_TIME_TRAVEL_HOURS})"
        wanted, standing = str(_TIME_TRAVEL_HOURS), str(found.max_time_travel_hours)
        return [Difference(self.dataset, "time travel hours", wanted, standing, mend)]

    def compare(self, expected: Table | View) -> list[Difference]:
        """Compare one table or view with what stands under its name."""
        return differences(expected, self.read(expected))

    def read(self, expected: Table | View) -> Table | View | None:
        """Return what stands under the name of `expected`, or None."""
        try:
            found = self.client.get_table(f"{self.dataset}.{expected.name}", retry=_PATIENCE)
        except NotFound:
            return None
        return as_table(found) if found.table_type == "TABLE" else as_view(found, self.view_query(found))

    def view_query(self, view: bigquery.Table) -> str:
        """Return the text of a view."""
        return view.view_query or ""

    def run(self, statement: str) -> Iterable[bigquery.Row]:
        """Run one statement and return its rows; names without a dataset are those of this one."""
        config = bigquery.QueryJobConfig(default_dataset=f"{self.client.project}.{self.dataset}")
        return self.client.query(statement, config, retry=_PATIENCE, job_retry=_JOB_PATIENCE).result(retry=_PATIENCE)

    def _create(self) -> None:
        dataset = bigquery.Dataset(f"{self.client.project}.{self.dataset}")
        dataset.location = self.location
        dataset.max_time_travel_hours = _TIME_TRAVEL_HOURS
        self.client.create_dataset(dataset, exists_ok=True, retry=_PATIENCE)


def as_table(found: bigquery.Table) -> Table:
    """Return what BigQuery's API says of a table."""
    constraints = found.table_constraints
    key = constraints.primary_key if constraints else None
    return Table(
        name=found.table_id,
        columns=tuple(Column(item.name, _type(item), _mode(item), item.description or "") for item in found.schema),
        partitioned_by=_partition_column(found),
        clustered_by=tuple(found.clustering_fields or ()),
        primary_key=tuple(key.columns) if key else (),
        description=found.description or "",
        labels=found.labels,
    )


def as_view(found: bigquery.Table, query: str) -> View:
    """Return what BigQuery's API says of a view with the text `query`."""
    return View(
        name=found.table_id,
        columns={item.name: item.description or "" for item in found.schema},
        query=normalised(query, found.project),
        description=found.description or "",
    )


def _type(item: bigquery.SchemaField) -> str:
    name = _TYPES.get(item.field_type, item.field_type)
    limits = [str(limit) for limit in (item.max_length, item.precision, item.scale) if limit is not None]
    return f"{name}({', '.join(limits)})" if limits else name


def _mode(item: bigquery.SchemaField) -> Mode:
    modes: dict[str, Mode] = {"REQUIRED": "REQUIRED", "REPEATED": "REPEATED"}
    return modes.get(item.mode, "NULLABLE")


def _partition_column(found: bigquery.Table) -> str | None:
    partitioning = found.time_partitioning
    if partitioning is None or partitioning.type_ == bigquery.TimePartitioningType.DAY:
        return partitioning.field if partitioning else None
    return f"{partitioning.field} by {partitioning.type_}"
