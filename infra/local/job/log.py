"""The streaming job's log on this machine, read for the job's word that it has begun."""

import json
from pathlib import Path

_STARTED = "stream_started"


class JobLog:
    """What is added to a log from now on."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read_up_to = log.stat().st_size if log.exists() else 0

    def require_start(self) -> None:
        """Read on to the next word of a stream that has begun; raises LookupError where there is none yet."""
        if self._log.exists():
            with self._log.open("rb") as log:
                log.seek(self._read_up_to)
                for line in log:
                    if line.endswith(b"\n"):
                        self._read_up_to += len(line)
                        if is_event(line, _STARTED):
                            return
        raise LookupError(f"no {_STARTED} in {self._log}")


def is_event(line: bytes, event: str) -> bool:
    """Tell whether a log line is a JSON object about this event."""
    try:
        record = json.loads(line)
    except ValueError:
        return False
    return isinstance(record, dict) and record.get("event") == event
