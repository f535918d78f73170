"""BigQuery's scheduler: statements that run once a day, as a service account of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.identity import Identity
from infra.components.place import Place


@dataclass(frozen=True)
class DailyQueryArgs:
    """`at` is the time of day, UTC, as 00:30; `after` are the tables and rights that the statements need."""

    place: Place
    title: str
    at: str
    statements: str
    location: str
    runner: Identity
    after: Sequence[pulumi.Resource]


class DailyQuery(Component):
    """A scheduled query; one that failed is made up by the next day's."""

    def __init__(self, name: str, args: DailyQueryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("DailyQuery", name, args.place, opts)
        gcp.bigquery.DataTransferConfig(
            name,
            display_name=args.title,
            project=args.place.project,
            location=args.location,
            data_source_id="scheduled_query",
            schedule=f"every day {args.at}",
            service_account_name=args.runner.email,
            params={"query": args.statements},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after), hooks=args.place.uses_rights),
        )
        self.register_outputs({})
