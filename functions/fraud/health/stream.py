"""What the streaming job tells of itself in Redis, read into the figures of the health page."""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

STATUS = "fraud:stream:status"
REPORTED = "reported_at"
"""The field of the status that says when the job last gave a sign of life, in seconds since 1970."""

SILENT_AFTER_S = 20.0
"""A job that has nothing to do says so more often than this; one that does not is stuck, stopped or dead."""
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
    age = {"progress_age_seconds": now.timestamp() - float(status[REPORTED])} if REPORTED in status else {}
    progress = json.loads(status.get("progress", "{}"))
    lag = max([*_lag(status, progress, now), *age.values()], default=None)
    behind = {} if lag is None else {"stream_lag_seconds": lag}
    return {**counts, **ratio, **age, **_progress(progress), **behind}


class Detection(StrEnum):
    """Whether the job detects anything, as far as it says itself."""

    AWAITED = "awaited"
    """It has never reported."""
    SPEAKING = "speaking"
    SILENT = "silent"


def detection(age_s: float | None) -> Detection:
    """Return how the detection fares whose last sign of life is so old; None: there has been none."""
    if age_s is None:
        return Detection.AWAITED
    return Detection.SILENT if age_s > SILENT_AFTER_S else Detection.SPEAKING


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


def _lag(status: Mapping[str, str], progress: Mapping[str, Any], now: datetime) -> list[float]:
    """Return how old the oldest unread payment may be; with none unread, what it was after the newest batch.

    None of it is younger than the report: what came since then has not been looked at.
    """
    if "read_up_to_ms" not in status:
        return []
    if not progress.get("offsets_behind"):
        return [float(status["lag_ms"]) / 1000]
    return [now.timestamp() - float(status["read_up_to_ms"]) / 1000]
