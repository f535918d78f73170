import pytest

from infra.local.spark import is_event


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"event": "stream_started", "run_id": "1"}\n', True),
        (b'{"event": "progress"}\n', False),
        (b'{"no": "event"}\n', False),
        (b'["stream_started"]\n', False),
        (b"26/11/22 07:21:17 INFO stream_started\n", False),
        (b"\xff\xfe\n", False),
        (b"\n", False),
    ],
)
def test_only_a_json_line_about_the_event_counts(line: bytes, expected: bool) -> None:
    assert is_event(line, "stream_started") is expected
