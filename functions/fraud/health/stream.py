"""What the streaming job tells of itself in Redis, read into the figures of the health page."""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

Ends = Mapping[str, int]
"""By partition, written as text, the first offset that is not there yet, or has not been read."""

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


def status_values(status: Mapping[str, str], now: datetime, ends: Ends | None = None) -> dict[str, float]:
    """Return the figures that a job's status holds; none of a job that has never run.

    `ends` are those of the raw topic's partitions, where Kafka has been asked: what is unread is counted up to them,
    not up to where the job last looked.
    """
    counts = {name: float(status.get(field, 0)) for field, name in _COUNTS.items()} if "since" in status else {}
    received = sum(counts.values())
    ratio = {"duplicate_ratio": counts["duplicates_total"] / received} if received else {}
    age = {"progress_age_seconds": now.timestamp() - float(status[REPORTED])} if REPORTED in status else {}
    progress = json.loads(status.get("progress", "{}"))
    lag = max([*_lag(status, progress, now), *age.values()], default=None)
    behind = {} if lag is None else {"stream_lag_seconds": lag}
    return {**counts, **ratio, **age, **_progress(progress), **_unread(ends, progress), **behind}


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


def _unread(ends: Ends | None, progress: Mapping[str, Any]) -> dict[str, float]:
    """Return how many positions lie between what the job has read of its topic and the ends."""
    read = {partition: offset for topic in progress.get("ends", {}).values() for partition, offset in topic.items()}
    if not ends or not read:
        return {}
    return {"offsets_behind": float(sum(max(0, end - read.get(partition, 0)) for partition, end in ends.items()))}


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
