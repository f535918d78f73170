"""BigQuery: the dataset, and every table and view of sql/, made from the very same files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.place import Place
from sql.schema import Column, Table, View, definitions

DATASET = "payment_data"
AUDIT = "pii_masking_audit"
"""Kept whatever the expiry of payments is: it proves what was done with them."""

_TIME_TRAVEL_HOURS = "48"  # the least there is: an erased row is soon beyond reach
_DAY_MS = 86_400_000
_API_NAMES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}


@dataclass(frozen=True)
class BigQueryArgs:
    """`location` cannot change afterwards; payments older than `partition_expiry_days` are dropped, or none are."""

    place: Place
    location: str
    partition_expiry_days: int | None


class BigQuery(Component):
    """The warehouse; unlike BigQuery's default, nobody reads it for being a reader of the project."""

    def __init__(self, name: str, args: BigQueryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("BigQuery", name, args.place, opts)
        self._name, self._args = name, args
        self.dataset = gcp.bigquery.Dataset(
            name,
            dataset_id=DATASET,
            project=args.place.project,
            location=args.location,
            description="Masked payments, their scores, alerts and the audit of masking.",
            max_time_travel_hours=_TIME_TRAVEL_HOURS,
            accesses=[gcp.bigquery.DatasetAccessArgs(role="OWNER", special_group="projectOwners")],
            delete_contents_on_destroy=not args.place.protected,
            deletion_policy=args.place.deletion_policy,
            labels=args.place.labels,
            # what programs are granted afterwards, one by one, is in the same list
            opts=pulumi.ResourceOptions(parent=self, protect=args.place.protected, ignore_changes=["accesses"]),
        )
        made: list[gcp.bigquery.Table] = []
        self.tables: dict[str, gcp.bigquery.Table] = {}
        for definition in definitions(f"{args.place.project}.{DATASET}"):
            made.append(self._table(definition) if isinstance(definition, Table) else self._view(definition, made))
            self.tables[_bare(definition.name)] = made[-1]
        self.register_outputs({})

    def _table(self, table: Table) -> gcp.bigquery.Table:
        return gcp.bigquery.Table(
            f"{self._name}-{_bare(table.name)}",
            dataset_id=self.dataset.dataset_id,
            table_id=_bare(table.name),
            project=self._args.place.project,
            description=table.description,
            schema=schema(table.columns),
            time_partitioning=self._partitioning(table),
            clusterings=list(table.clustered_by) or None,
            table_constraints=_constraints(table),
            deletion_protection=self._args.place.protected,
            labels=dict(table.labels) | self._args.place.labels,
            opts=pulumi.ResourceOptions(parent=self, protect=self._args.place.protected),
        )

    def _partitioning(self, table: Table) -> gcp.bigquery.TableTimePartitioningArgs | None:
        if table.partitioned_by is None:
            return None
        days = None if _bare(table.name) == AUDIT else self._args.partition_expiry_days
        return gcp.bigquery.TableTimePartitioningArgs(
            type="DAY", field=table.partitioned_by, expiration_ms=days and days * _DAY_MS
        )

    def _view(self, view: View, before: Sequence[pulumi.Resource]) -> gcp.bigquery.Table:
        return gcp.bigquery.Table(
            f"{self._name}-{_bare(view.name)}",
            dataset_id=self.dataset.dataset_id,
            table_id=_bare(view.name),
            project=self._args.place.project,
            description=view.description,
            view=gcp.bigquery.TableViewArgs(query=view.query, use_legacy_sql=False),
            deletion_protection=False,  # a view holds nothing, and one whose shape changes is made anew
            labels=self._args.place.labels,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(before)),
        )


def schema(columns: Sequence[Column]) -> str:
    """Return columns as BigQuery's API takes them, in its own names of types so that a read-back shows no change."""
    return json.dumps([_column(column) for column in columns])


def _column(column: Column) -> dict[str, str]:
    return {
        "name": column.name,
        "type": _API_NAMES.get(column.type, column.type),
        "mode": column.mode,
        "description": column.description,
    }


def _constraints(table: Table) -> gcp.bigquery.TableTableConstraintsArgs | None:
    if not table.primary_key:
        return None
    key = gcp.bigquery.TableTableConstraintsPrimaryKeyArgs(columns=list(table.primary_key))
    return gcp.bigquery.TableTableConstraintsArgs(primary_key=key)


def _bare(name: str) -> str:
    return name.rsplit(".", 1)[-1]
