import json

import pytest
import structlog

from fraud_service.logs import configure_logging


def test_a_line_is_json_with_the_severity_that_cloud_logging_reads(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    try:
        structlog.get_logger().warning("dead_lettered", message_id="17")
    finally:
        structlog.reset_defaults()
    line = json.loads(capsys.readouterr().out)
    assert {"severity": "WARNING", "event": "dead_lettered", "message_id": "17"}.items() <= line.items()
    assert line["time"].endswith("Z")
