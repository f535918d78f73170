"""What is alarmed about is measured, and what is measured is said by the running code."""

import json
import re
from pathlib import Path

import pytest

from fraud_stream.batch import _commonest, _passed_over, _summary
from fraud_stream.report.progress import summary
from fraud_stream.sinks.task import TaskOutcome
from infra.components.monitoring import DASHBOARD
from infra.config import Alerting
from infra.policy.inventory import of_kind
from infra.signals import BROKEN_CHECK, CHECK, FUNCTION, SIGNALS, STREAM, Signal, alarms
from tests.builders import NOON
from tests.unit.infra_cloud.deployment import inventory

REPOSITORY = Path(__file__).parents[3]
LIMITS = Alerting(state_bytes=1)
METRIC = re.compile(r"logging_googleapis_com:user_([a-z_]+?)(?:_(?:bucket|sum|count))?(?=[\[{])")
PROGRESS = {
    "id": "5f1d3c52-6f0b-4c0e-8f5c-2f1f5e0d7c11",
    "runId": "5f1d3c52-6f0b-4c0e-8f5c-2f1f5e0d7c12",
    "name": "detect_fraud",
    "timestamp": "2026-11-24T12:00:00.000Z",
    "batchId": 7,
    "batchDuration": 100,
    "durationMs": {},
    "eventTime": {},
    "stateOperators": [],
    "sources": [],
    "sink": {"description": "sink", "numOutputRows": -1, "metrics": {}},
    "numInputRows": 600,
    "inputRowsPerSecond": 600.0,
    "processedRowsPerSecond": 600.0,
    "observedMetrics": {},
}
NOON_US = int(NOON.timestamp() * 1_000_000)
OUTCOME = [
    TaskOutcome(
        partition=0,
        rows={"ACCEPTED": 9, "DUPLICATE": 1, "LATE": 2, "REJECTED": 1},
        alerts={"HIGH": 1, "CRITICAL": 1},
        alert_ages_ms=[900],
        hits={"geo-change": 2},
        appended={0: NOON_US - 1_200_000, 1: NOON_US - 200_000},
        clocks={0: NOON_US, 1: NOON_US},
        ends={},
        reasons={"LATE APPEND_TIME": 2},
        clock_offsets={-300: 2},
    )
]


def said() -> dict[str, set[str]]:
    """Return the fields of each event as the code says it; the stream's lines are made by its own functions."""
    events = {
        "progress": set(summary(PROGRESS, 4_096, 0.0)),
        "batch_written": set(_summary(OUTCOME, NOON)) | set(_commonest(_passed_over(OUTCOME))),
    }
    for folder in ("dataproc_jobs", "functions"):
        for file in (REPOSITORY / folder).rglob("*.py"):
            calls = re.findall(
                r'(?:\blog\.\w+|_logged)\(\s*"(\w+)"((?:,[^()]*(?:\([^()]*\)[^()]*)*)?)\)', file.read_text()
            )
            for event, fields in calls:
                events.setdefault(event, set()).update(re.findall(r"(\w+)=", fields))
    return events


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_every_signal_is_said_by_the_code(signal: Signal) -> None:
    fields = said()
    assert signal.event in fields
    assert signal.field is None or signal.field in fields[signal.event]
    narrowed = re.findall(r"jsonPayload\.(\w+)|\"(\w+)\":", signal.only or "")
    assert {one or other for one, other in narrowed} <= fields[signal.event]


def test_every_metric_of_an_alarm_is_declared() -> None:
    declared = {signal.name for signal in SIGNALS} | {CHECK, BROKEN_CHECK}
    asked = {name for alarm in alarms(LIMITS) for name in METRIC.findall(alarm.query)}
    assert len(asked) > 10
    assert asked <= declared
    assert asked <= {metric.name for metric in of_kind(inventory("prod"), "logging.Metric")}


def test_every_metric_of_the_dashboard_is_declared() -> None:
    assert set(METRIC.findall(DASHBOARD.read_text())) <= {signal.name for signal in SIGNALS}
    json.loads(DASHBOARD.read_text())


@pytest.mark.parametrize(
    ("signal", "line", "value"),
    [
        ("stream_lag_ms", json.dumps(_summary(OUTCOME, NOON)), "1200"),
        ("stream_state_bytes", json.dumps(summary(PROGRESS, 4_096, 0.0)), "4096"),
        ("duplicates", json.dumps(_summary(OUTCOME, NOON)), "1"),
        ("alert_age_ms", json.dumps(_summary(OUTCOME, NOON)), "900"),
    ],
)
def test_a_value_is_found_in_a_line_of_the_job(signal: str, line: str, value: str) -> None:
    [found] = [one for one in SIGNALS if one.name == signal]
    pattern = re.fullmatch(r'REGEXP_EXTRACT\(jsonPayload\.message, "(.*)"\)', str(found.extractor))
    assert pattern is not None
    assert re.findall(pattern[1].replace('\\"', '"'), line) == [value]


def test_every_limit_of_the_specification_has_its_alarm() -> None:
    queries = {alarm.name: alarm.query for alarm in alarms(LIMITS)}
    lag, job = "logging_googleapis_com:user_stream_lag_ms", '{monitored_resource="cloud_dataproc_batch"}'
    mean = f"sum(increase({lag}_sum{job}[120s])) / sum(increase({lag}_count{job}[120s]))"
    assert queries["stream-lag"] == f"{mean} > 300000"
    assert queries["redis-memory"].endswith("> 0.8")
    assert queries["velocity-alerts"].endswith("> 100")
    assert queries["false-positives"].endswith("> 0.1")
    assert queries["response-time"].endswith("> 30000")
    assert queries["duplicates"].endswith("> 0.05")
    assert (
        'user_erasure_drill_passed{monitored_resource="cloud_run_revision"}[2764800s]'
        in queries["erasure-drill-missing"]
    )
    wanted = {"stream-state", "stream-failed", "checkpoint-age", "unmasked-rows", "dead-letters", "batch-restarts"}
    assert wanted | {"erasure-overdue", "erasure-drill-failed", "supervision-held"} <= set(queries)


def test_every_alarm_says_what_to_do_in_its_own_section() -> None:
    sections = re.findall(r"^## (.+)$", (REPOSITORY / "docs" / "runbook.md").read_text(), re.MULTILINE)
    assert sorted(sections) == sorted(alarm.name for alarm in alarms(LIMITS))
    told = {policy.get("documentation.content") for policy in of_kind(inventory("prod"), "monitoring.AlertPolicy")}
    assert told == {f"{alarm.advice} What to do: docs/runbook.md#{alarm.name}" for alarm in alarms(LIMITS)}


def test_errors_of_bigquery_are_told_by_their_kind() -> None:
    queries = {alarm.name: (alarm.severity, alarm.query) for alarm in alarms(LIMITS)}
    lines = {signal.name: signal.filter for signal in SIGNALS}
    for name, metric, severity, limit in (
        ("bigquery-quota", "bigquery_quota", "WARNING", 0),
        ("bigquery-outage", "bigquery_outage", "CRITICAL", 10),
        ("rights-missing", "rights_missing", "CRITICAL", 0),
    ):
        told, query = queries[name]
        assert (told, metric in query, query.endswith(f"[300s])) > {limit}")) == (severity, True, True)
    assert r'jsonPayload.message:"\"cause\": \"BigQuery quota\""' in lines["bigquery_quota"]


def test_who_goes_blind_is_told() -> None:
    queries = {alarm.name: alarm.query for alarm in alarms(LIMITS)}
    assert queries["late-share"].endswith("> 0) > 0.05")
    assert "user_rejected_sum" in queries["rejected-share"]
    assert queries["traffic-gone"].endswith("> 600")
    assert "offset 600s" in queries["traffic-gone"]
    assert "offset 3600s" in queries["alerts-gone"]
    assert queries["partition-standing"].endswith("> 300")
    assert queries["dead-letter-age"].endswith("> 86400")


def test_the_look_for_unmasked_rows_is_told_from_one_that_could_not_be_made() -> None:
    filters = {metric.name: str(metric.get("filter")) for metric in of_kind(inventory("prod"), "logging.Metric")}
    [check] = [one for one in of_kind(inventory("prod"), "bigquery.DataTransferConfig") if "unmasked" in one.name]
    found = re.search(r'message:"(.*)"', filters[CHECK])
    assert found is not None
    assert f"as '{found[1]}'" in str(check.get("params.query"))
    assert filters[CHECK].endswith(f'AND jsonPayload.message:"{found[1]}"')
    assert filters[BROKEN_CHECK].endswith(f'AND NOT jsonPayload.message:"{found[1]}"')


def test_production_tells_somebody_of_everything() -> None:
    policies = of_kind(inventory("prod"), "monitoring.AlertPolicy")
    assert len(policies) == len(alarms(LIMITS))
    assert all(policy.texts("notificationChannels") for policy in policies)
    assert {signal.resource for signal in SIGNALS} == {STREAM, FUNCTION}
