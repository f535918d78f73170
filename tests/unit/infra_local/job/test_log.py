from pathlib import Path

import pytest

from infra.local.job.log import JobLog, is_event


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


def test_only_what_is_said_from_now_on_counts_and_a_line_once_it_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "spark.log"
    with pytest.raises(LookupError):
        JobLog(log).require_start()
    log.write_bytes(b'{"event": "stream_started"}\n')
    job = JobLog(log)
    with log.open("ab", buffering=0) as writer:
        writer.write(b'{"event": "stream_started"}')
        with pytest.raises(LookupError):
            job.require_start()
        writer.write(b"\n")
    job.require_start()
    with pytest.raises(LookupError):
        job.require_start()
