"""What came lately, beside what came before: a stream that goes blind falls silent, or passes everything over.

The job counts in Redis by `SLOT_S` seconds. Lately is the slot that runs and the one before it, before is the hour
before those.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

RECENT = "fraud:stream:recent:"
"""The beginning of a slot's key; its number follows."""

REASON = "reason:"
OFFSET = "offset:"
SLOT_S = 300
SLOTS_BEFORE = 12
LEAST_ROWS = 600
LEAST_ALERTS = 30
"""In the hour before: of fewer, a quarter of an hour without any says nothing."""

_ROWS = ("accepted", "duplicate", "late", "rejected")
_ALERTS = ("high", "critical")

Slot = Mapping[str, int]


def slot_keys(now: datetime) -> list[str]:
    """Return the keys of the slots to read, the newest first."""
    newest = int(now.timestamp()) // SLOT_S
    return [f"{RECENT}{newest - age}" for age in range(2 + SLOTS_BEFORE)]


def read_slot(fields: Mapping[str, str]) -> Slot:
    """Return a slot's counts; what is no count is not ours, and left out."""
    return {name: int(number) for name, number in fields.items() if number.isascii() and number.isdigit()}


def traffic_values(slots: Sequence[Slot], now: datetime) -> dict[str, float]:
    """Return the figures of slots, the newest first; what there is nothing to tell of is left out."""
    lately, before = _sum(slots[:2]), _sum(slots[2:])
    seconds = now.timestamp() % SLOT_S + SLOT_S
    received = _total(lately, _ROWS)
    shares = {f"{name}_ratio": lately[name] / received for name in ("late", "rejected")} if received else {}
    return (
        shares
        | _drop("traffic_drop", lately, before, _ROWS, seconds)
        | _drop("alerts_drop", lately, before, _ALERTS, seconds)
    )


def traffic_notes(slots: Sequence[Slot]) -> dict[str, str]:
    """Return in words, by figure, what most of the late and of the rejected are passed over for."""
    lately = _sum(slots[:2])
    notes = {}
    for disposition in ("late", "rejected"):
        reason = _commonest(lately, f"{REASON}{disposition.upper()} ")
        if reason:
            notes[f"{disposition}_ratio"] = f"mostly {reason}{_clock(lately, disposition)}"
    return notes


def _clock(lately: Mapping[str, int], disposition: str) -> str:
    """Return how far off the clocks of most are: those of the late are behind, those of the rejected ahead."""
    signed = {name: number for name, number in lately.items() if name.startswith(OFFSET)}
    of_kind = {name: number for name, number in signed.items() if (f"{OFFSET}-" in name) == (disposition == "late")}
    minutes = _commonest(of_kind, OFFSET)
    if not minutes:
        return ""
    return f"; most clocks are {minutes.removeprefix('-')} min {'behind' if minutes.startswith('-') else 'ahead'}"


def _drop(
    name: str, lately: Mapping[str, int], before: Mapping[str, int], fields: Sequence[str], seconds: float
) -> dict[str, float]:
    """Return what share of an hour's usual number is missing; nothing where that hour was too quiet to tell."""
    usual = _total(before, fields)
    if usual < (LEAST_ALERTS if fields is _ALERTS else LEAST_ROWS):
        return {}
    expected = usual * seconds / (SLOTS_BEFORE * SLOT_S)
    return {name: max(1 - _total(lately, fields) / expected, 0.0)}


def _sum(slots: Sequence[Slot]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for slot in slots:
        counts.update(slot)
    return counts


def _total(counts: Mapping[str, int], fields: Sequence[str]) -> int:
    return sum(counts.get(field, 0) for field in fields)


def _commonest(counts: Mapping[str, int], beginning: str) -> str:
    named = {name.removeprefix(beginning): number for name, number in counts.items() if name.startswith(beginning)}
    return max(named, key=lambda name: named[name], default="")
