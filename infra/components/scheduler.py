"""Cloud Scheduler: calls that happen by the clock."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.place import Place


@dataclass(frozen=True)
class ScheduledCallArgs:
    """`schedule` in cron's form, UTC; `caller` is the service account whose token, made for `audience`, proves it."""

    place: Place
    schedule: str
    url: pulumi.Input[str]
    audience: pulumi.Input[str]
    caller: pulumi.Input[str]
    patience_s: int


class ScheduledCall(Component):
    """A POST at set times; a missed one is made up by the next."""

    def __init__(self, name: str, args: ScheduledCallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ScheduledCall", name, args.place, opts)
        gcp.cloudscheduler.Job(
            name,
            name=name,
            project=args.place.project,
            region=args.place.region,
            schedule=args.schedule,
            time_zone="Etc/UTC",
            attempt_deadline=f"{args.patience_s}s",
            retry_config=gcp.cloudscheduler.JobRetryConfigArgs(retry_count=0),
            http_target=gcp.cloudscheduler.JobHttpTargetArgs(
                uri=args.url,
                http_method="POST",
                oidc_token=gcp.cloudscheduler.JobHttpTargetOidcTokenArgs(
                    service_account_email=args.caller, audience=args.audience
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
