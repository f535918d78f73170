"""What is usual for each account, built by BigQuery's scheduler soon after each midnight UTC."""

from infra.components.daily_query import DailyQuery, DailyQueryArgs
from infra.components.grants import Grants, GrantsArgs
from infra.components.identity import Identity, IdentityArgs
from infra.config import StackSettings
from infra.foundation import Foundation
from sql.daily import script

NAME = "account-profiles"
AT = "00:30"
"""Half an hour after midnight, when the payments before it have been stored."""


def build_daily(base: Foundation, settings: StackSettings) -> None:
    """Declare the query and the service account that it runs as."""
    account = IdentityArgs(base.place, NAME, "Builds what is usual for each account", ("roles/bigquery.jobUser",))
    builder = Identity(NAME, account)
    dataset = base.warehouse.dataset.dataset_id
    reading = GrantsArgs(
        base.place,
        builder,
        dataset=(dataset, "roles/bigquery.dataViewer"),
        tables={"account_profiles": base.warehouse.tables["account_profiles"]},
    )
    rights = Grants(NAME, reading)
    DailyQuery(
        NAME,
        DailyQueryArgs(
            base.place,
            "account profiles",
            AT,
            script(f"{base.place.project}.payment_data"),
            settings.warehouse.location,
            builder,
            (base.warehouse, rights, builder),
        ),
    )
