"""Cloud Monitoring: metrics made of log lines, alert policies with their limits, a dashboard, and who is told."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_gcp as gcp

from infra import signals
from infra.components.component import Component
from infra.components.identity import Identity
from infra.components.place import Place
from infra.signals import Alarm, Signal

DASHBOARD = Path(__file__).parents[1] / "dashboards" / "payment-fraud.json"
CHECK = Path(__file__).parents[2] / "sql" / "checks" / "unmasked_rows.sql"
_FAILED = 'resource.type="bigquery_dts_config" AND severity>=ERROR'
_BUCKETS = gcp.logging.MetricBucketOptionsArgs(
    exponential_buckets=gcp.logging.MetricBucketOptionsExponentialBucketsArgs(
        num_finite_buckets=128, growth_factor=1.4, scale=1
    )
)


@dataclass(frozen=True)
class MonitoringArgs:
    """`checker` runs the hourly look for unmasked rows, whose query `check` fails with the text `finding`.

    It does not before what is in `after`.
    """

    place: Place
    signals: tuple[Signal, ...]
    alarms: tuple[Alarm, ...]
    emails: tuple[str, ...]
    checker: Identity
    check: str
    finding: str
    location: str
    after: tuple[pulumi.Resource, ...]


class Monitoring(Component):
    """Everything by which people learn of trouble."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Monitoring", name, args.place, opts)
        self._args, self._child = args, pulumi.ResourceOptions(parent=self)
        self._check(name)
        found = f'jsonPayload.message:"{args.finding}"'
        metrics = [
            *(self._metric(signal) for signal in args.signals),
            self._failures(signals.CHECK, f"{_FAILED} AND {found}"),
            self._failures(signals.BROKEN_CHECK, f"{_FAILED} AND NOT {found}"),
        ]
        self.channels = [self._channel(f"{name}-{number}", email) for number, email in enumerate(args.emails)]
        for alarm in args.alarms:
            self._policy(alarm, self.channels, metrics)
        dashboard = DASHBOARD.read_text()
        gcp.monitoring.Dashboard(name, project=args.place.project, dashboard_json=dashboard, opts=self._child)
        self.register_outputs({})

    def _metric(self, signal: Signal) -> gcp.logging.Metric:
        return gcp.logging.Metric(
            signal.name,
            name=signal.name,
            project=self._args.place.project,
            filter=signal.filter,
            value_extractor=signal.extractor,
            bucket_options=_BUCKETS if signal.field else None,
            metric_descriptor=gcp.logging.MetricMetricDescriptorArgs(
                metric_kind="DELTA", value_type="DISTRIBUTION" if signal.field else "INT64", unit="1"
            ),
            opts=self._child,
        )

    def _check(self, name: str) -> None:
        gcp.bigquery.DataTransferConfig(
            f"{name}-unmasked-rows",
            display_name="unmasked rows",
            project=self._args.place.project,
            location=self._args.location,
            data_source_id="scheduled_query",
            schedule="every 1 hours",
            service_account_name=self._args.checker.email,
            params={"query": self._args.check},
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=list(self._args.after), hooks=self._args.place.uses_rights
            ),
        )

    def _failures(self, name: str, lines: str) -> gcp.logging.Metric:
        return gcp.logging.Metric(
            name,
            name=name,
            project=self._args.place.project,
            filter=lines,
            metric_descriptor=gcp.logging.MetricMetricDescriptorArgs(metric_kind="DELTA", value_type="INT64", unit="1"),
            opts=self._child,
        )

    def _channel(self, name: str, email: str) -> gcp.monitoring.NotificationChannel:
        return gcp.monitoring.NotificationChannel(
            name,
            project=self._args.place.project,
            type="email",
            display_name=email,
            labels={"email_address": email},
            user_labels=self._args.place.labels,
            opts=self._child,
        )

    def _policy(
        self, alarm: Alarm, channels: list[gcp.monitoring.NotificationChannel], metrics: list[gcp.logging.Metric]
    ) -> None:
        condition = gcp.monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
            query=alarm.query,
            duration=f"{alarm.seconds}s",
            evaluation_interval=f"{alarm.every_s}s",
            # a metric made of log lines exists once its first line has come
            disable_metric_validation=True,
        )
        gcp.monitoring.AlertPolicy(
            alarm.name,
            display_name=alarm.name,
            project=self._args.place.project,
            combiner="OR",
            severity=alarm.severity,
            conditions=[
                gcp.monitoring.AlertPolicyConditionArgs(
                    display_name=alarm.name, condition_prometheus_query_language=condition
                )
            ],
            notification_channels=[channel.name for channel in channels],
            documentation=gcp.monitoring.AlertPolicyDocumentationArgs(
                content=f"{alarm.advice} What to do: docs/runbook.md#{alarm.name}", mime_type="text/markdown"
            ),
            user_labels=self._args.place.labels,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(metrics)),
        )
