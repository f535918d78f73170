from typing import Any

import pytest

from fraud_stream.report.progress import summary

SOURCE = {
    "description": "KafkaV2[Subscribe[payment-events]]",
    "startOffset": {"payment-events": {"0": 100, "1": 90}},
    "endOffset": {"payment-events": {"0": 160, "1": 130}},
    "latestOffset": {"payment-events": {"0": 200, "1": 130, "2": 5}},
    "numInputRows": 100,
}
PROGRESS: dict[str, Any] = {
    "batchId": 7,
    "numInputRows": 100,
    "inputRowsPerSecond": 200.0,
    "processedRowsPerSecond": 50.04,
    "durationMs": {"addBatch": 1_900, "triggerExecution": 2_000},
    "sources": [SOURCE],
}
FIGURES: dict[str, Any] = {
    "batch_id": 7,
    "input_rows": 100,
    "rows_per_second": 50.0,
    "offsets_behind": 45,
    "catch_up_ms": 899,
    "durations_ms": {"addBatch": 1_900, "triggerExecution": 2_000},
    "state_bytes": 4_096,
    "standing_s": 1.5,
}
NO_RATE = {name: value for name, value in PROGRESS.items() if name != "processedRowsPerSecond"}


@pytest.mark.parametrize(
    ("progress", "changes"),
    [
        pytest.param(PROGRESS, {}, id="a partition that nobody has read from yet is behind too"),
        pytest.param(NO_RATE, {"rows_per_second": 0.0, "catch_up_ms": 0}, id="Spark leaves an infinite rate out"),
        pytest.param(
            PROGRESS | {"sources": [SOURCE | {"latestOffset": None}]},
            {"offsets_behind": 0, "catch_up_ms": 0},
            id="a source that does not tell its latest offset",
        ),
        pytest.param(
            PROGRESS | {"sources": [SOURCE | {"endOffset": None}]},
            {"offsets_behind": 335, "catch_up_ms": 6695},
            id="nothing read yet",
        ),
    ],
)
def test_figures_of_a_batch(progress: dict[str, Any], changes: dict[str, Any]) -> None:
    assert summary(progress, 4_096, 1.5) == FIGURES | changes
