"""What a month may cost before people are told; nothing is stopped by it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.place import Place

_SHARES = ((0.5, "CURRENT_SPEND"), (0.9, "CURRENT_SPEND"), (1.0, "FORECASTED_SPEND"), (1.0, "CURRENT_SPEND"))
_MOST_CHANNELS = 5
"""As many as Cloud Billing takes."""


@dataclass(frozen=True)
class BudgetArgs:
    """`monthly` is in the currency of the billing account; `channels` are those of Cloud Monitoring."""

    place: Place
    project_number: pulumi.Input[str]
    billing_account: str
    monthly: int
    channels: Sequence[pulumi.Input[str]]


class Budget(Component):
    """A budget for the project, beside the account's own administrators told to the stack's people."""

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Budget", name, args.place, opts)
        gcp.billing.Budget(
            name,
            billing_account=args.billing_account,
            display_name=f"payment-fraud-{args.place.environment}",
            amount=gcp.billing.BudgetAmountArgs(
                specified_amount=gcp.billing.BudgetAmountSpecifiedAmountArgs(units=str(args.monthly))
            ),
            budget_filter=gcp.billing.BudgetBudgetFilterArgs(
                projects=[pulumi.Output.format("projects/{0}", args.project_number)]
            ),
            threshold_rules=[
                gcp.billing.BudgetThresholdRuleArgs(threshold_percent=share, spend_basis=basis)
                for share, basis in _SHARES
            ],
            all_updates_rule=gcp.billing.BudgetAllUpdatesRuleArgs(
                monitoring_notification_channels=list(args.channels[:_MOST_CHANNELS])
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
