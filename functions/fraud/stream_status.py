"""What the streaming job tells of itself in Redis, read into the figures of the health page."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_COUNTS = {
    "accepted": "accepted_total",
    "duplicate": "duplicates_total",
    "late": "late_total",
    "rejected": "dead_letters_total",
}


def status_values(status: Mapping[str, str], now: datetime) -> dict[str, float]:
    """Return the figures that a job's status holds; none of a job that has never run."""
    counts = {name: float(status.get(field, 0)) for field, name in _COUNTS.items()} if "since" in status else {}
    received = sum(counts.values())
    ratio = {"duplicate_ratio": counts["duplicates_total"] / received} if received else {}
    age = {"progress_age_seconds": now.timestamp() - float(status["reported_at"])} if "reported_at" in status else {}
    return {**counts, **ratio, **age, **_progress(json.loads(status.get("progress", "{}")), now)}


def _progress(progress: Mapping[str, Any], now: datetime) -> dict[str, float]:
    if not progress:
        return {}
    behind, rate = float(progress["offsets_behind"]), float(progress["rows_per_second"])
    batch = float(progress["durations_ms"].get("triggerExecution", 0)) / 1000
    values = {
        "offsets_behind": behind,
        "events_per_second": rate,
        "batch_seconds": batch,
        "stream_lag_seconds": batch + (behind / rate if rate else 0.0),
        "state_bytes": float(progress["state_bytes"]),
    }
    return values | _watermark_lag(progress.get("watermark"), now)


def _watermark_lag(watermark: str | None, now: datetime) -> dict[str, float]:
    if not watermark or watermark.startswith("1970"):
        return {}  # no event has been seen yet
    return {"watermark_lag_seconds": (now - datetime.fromisoformat(watermark)).total_seconds()}
