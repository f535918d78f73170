"""What the streaming job tells of itself in Redis, read into the figures of the health page."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

STATUS = "fraud:stream:status"
_COUNTS = {
    "accepted": "accepted_total",
    "duplicate": "duplicates_total",
    "late": "late_total",
    "rejected": "dead_letters_total",
}


_HITS = "hits:"


def hits_field(detection_id: str) -> str:
    """Return where the status counts the payments that a detection has hit, in shadow too."""
    return f"{_HITS}{detection_id}"


def detection_hits(status: Mapping[str, str]) -> dict[str, int]:
    """Return how many payments each detection has hit since the checkpoint was begun."""
    return {name.removeprefix(_HITS): int(number) for name, number in status.items() if name.startswith(_HITS)}


def status_values(status: Mapping[str, str], now: datetime) -> dict[str, float]:
    """Return the figures that a job's status holds; none of a job that has never run."""
    counts = {name: float(status.get(field, 0)) for field, name in _COUNTS.items()} if "since" in status else {}
    received = sum(counts.values())
    ratio = {"duplicate_ratio": counts["duplicates_total"] / received} if received else {}
    age = {"progress_age_seconds": now.timestamp() - float(status["reported_at"])} if "reported_at" in status else {}
    progress = json.loads(status.get("progress", "{}"))
    return {**counts, **ratio, **age, **_progress(progress), **_lag(status, progress, now)}


def _progress(progress: Mapping[str, Any]) -> dict[str, float]:
    if not progress:
        return {}
    return {
        "offsets_behind": float(progress["offsets_behind"]),
        "events_per_second": float(progress["rows_per_second"]),
        "batch_seconds": float(progress["durations_ms"].get("triggerExecution", 0)) / 1000,
        "state_bytes": float(progress["state_bytes"]),
        "partition_standing_seconds": float(progress.get("standing_s", 0)),
    }


def _lag(status: Mapping[str, str], progress: Mapping[str, Any], now: datetime) -> dict[str, float]:
    """Return how old the oldest unread payment may be by now; with none unread, what it was after the newest batch."""
    if "read_up_to_ms" not in status:
        return {}
    if not progress.get("offsets_behind"):
        return {"stream_lag_seconds": float(status["lag_ms"]) / 1000}
    return {"stream_lag_seconds": now.timestamp() - float(status["read_up_to_ms"]) / 1000}
