"""Monitoring of a deployment: what is measured, the limits of the stack, and the hourly look for unmasked rows."""

from infra.components.budget import Budget, BudgetArgs
from infra.components.evidence import Evidence, EvidenceArgs
from infra.components.grants import Grants, GrantsArgs
from infra.components.identity import Identity, IdentityArgs
from infra.components.monitoring import CHECK, Monitoring, MonitoringArgs
from infra.config import StackSettings
from infra.foundation import Foundation
from infra.signals import SIGNALS, alarms
from sql.schema import qualified

_FINDING = "rows without hash, or with card data, are stored"


def watch(base: Foundation, settings: StackSettings) -> None:
    """Declare what tells people of trouble, and of what it costs."""
    Evidence("evidence", EvidenceArgs(base.place))
    checks = IdentityArgs(base.place, "masking-check", "Looks for unmasked rows", ("roles/bigquery.jobUser",))
    checker = Identity("masking-check", checks)
    dataset = base.warehouse.dataset.dataset_id
    rights = Grants("masking-check", GrantsArgs(base.place, checker, dataset=(dataset, "roles/bigquery.dataViewer")))
    query = qualified(CHECK.read_text(), f"{base.place.project}.payment_data")
    monitoring = Monitoring(
        "monitoring",
        MonitoringArgs(
            base.place,
            SIGNALS,
            alarms(settings.alerting),
            settings.alerting.emails,
            checker,
            f"assert ({query}) = 0 as '{_FINDING}'",
            _FINDING,
            settings.warehouse.location,
            (base.warehouse, rights, checker),
        ),
    )
    account, monthly = settings.alerting.billing_account, settings.alerting.monthly_budget
    if account and monthly:
        told = [channel.name for channel in monitoring.channels]
        Budget("budget", BudgetArgs(base.place, base.project.number, account, monthly, told))
