"""A batch judged by detections: which hit which payment, and what that makes of flags, score, alert and reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from fraud.detections.detection import Detection, compiled
from fraud.detections.judgement import by_flag, share_of
from fraud.detections.reason import Wording, wording
from fraud.rules.rule import Mode
from fraud.scoring.score import MAX_SCORE
from fraud_stream.stages.columns import Facts, truth_of
from fraud_stream.stages.numbers import Mask
from fraud_stream.state.run import Int64s

_EVERYBODY = (0, 100)


@dataclass(frozen=True)
class Verdicts:
    """What detections say of a batch.

    `hits` are counted by id, those in shadow included. `flags`, `scores` and `reasons` are of live detections alone;
    `alerts` tells where one of them alerts by itself.
    """

    hits: Mapping[str, int]
    flags: pa.Array
    scores: Int64s
    alerts: Mask
    reasons: pa.Array


GATED = frozenset({"VELOCITY_60S"})
"""Flags whose alerts a classifier's gate may hold back."""


def judge_batch(detections: Sequence[Detection], facts: Facts, held_back: Mask | None = None) -> Verdicts:
    """Return what detections say of every payment: what `fraud.detections.judgement.judge` says of each alone.

    Where a gate holds a payment back, the flags in `GATED` give their points and raise no alert by themselves.
    """
    masks = {one.detection_id: _hits(one, facts) for one in detections if one.mode is not Mode.OFF}
    flags = by_flag(detections)
    chosen = [_chosen([masks[one.detection_id] for one in rivals]) for rivals in flags.values()]
    scores, alerts = np.zeros(facts.rows, np.int64), np.zeros(facts.rows, np.bool_)
    for rivals, counting in zip(flags.values(), chosen, strict=True):
        for one, mask in zip(rivals, counting, strict=True):
            scores += one.points * mask
            alerts |= _alerting(one, masks[one.detection_id], held_back)
    return Verdicts(
        {name: int(np.count_nonzero(mask)) for name, mask in masks.items()},
        _flags(flags, chosen, facts.rows),
        np.minimum(scores, MAX_SCORE),
        alerts,
        _reasons(flags, chosen, facts),
    )


def _alerting(detection: Detection, hits: Mask, held_back: Mask | None) -> Mask:
    if held_back is not None and detection.flag in GATED:
        hits = hits & ~held_back
    return hits & detection.alerts_alone


def _hits(detection: Detection, facts: Facts) -> Mask:
    hits = truth_of(compiled(detection).tree, facts).yes
    share = detection.rollout_from, detection.rollout_until
    if share == _EVERYBODY or not hits.any():
        return hits
    hit = np.flatnonzero(hits)
    shares = np.array([share_of(account) for account in facts.plain("sender_account_id").take(hit).to_pylist()])
    kept = np.zeros_like(hits)
    kept[hit] = (shares >= share[0]) & (shares < share[1])
    return kept


def _chosen(rivals: Sequence[Mask]) -> list[Mask]:
    """Return where each detection of one flag is the one that counts: the first that hits."""
    taken, counting = np.zeros_like(rivals[0]), []
    for mask in rivals:
        counting.append(mask & ~taken)
        taken |= mask
    return counting


def _places(masks: Sequence[Mask]) -> tuple[Int64s, Int64s]:
    """Return row and number of every mask that a row is in, by row, then by number."""
    found = [np.flatnonzero(mask) for mask in masks]
    row = np.concatenate([np.zeros(0, np.int64), *found])
    number = np.repeat(np.arange(len(masks)), [len(one) for one in found])
    order = np.lexsort((number, row))
    return row[order], number[order]


def _lists(row: Int64s, texts: pa.Array, rows: int) -> pa.Array:
    """Return a list for each row, of texts that come with the rows they belong to, in order."""
    ends = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), texts)


def _flags(flags: Mapping[str, object], chosen: Sequence[Sequence[Mask]], rows: int) -> pa.Array:
    row, number = _places([np.logical_or.reduce(counting) for counting in chosen])
    return _lists(row, pa.array(list(flags), pa.string()).take(pa.array(number)), rows)


def _reasons(flags: Mapping[str, Sequence[Detection]], chosen: Sequence[Sequence[Mask]], facts: Facts) -> pa.Array:
    """Return the reasons of the payments that were hit, made one by one: they are few."""
    row, number = _places([mask for counting in chosen for mask in counting])
    words = [_wording(one) for rivals in flags.values() for one in rivals]
    told = {place: iter(_told(words[place], row[number == place], facts)) for place in np.unique(number)}
    return _lists(row, pa.array([next(told[place]) for place in number], pa.string()), facts.rows)


def _told(words: Wording, rows: Int64s, facts: Facts) -> list[str]:
    picked = [facts.plain(name).take(pa.array(rows)).to_pylist() for name in words.bounds]
    return [
        words.reason(dict(zip(words.bounds, values, strict=True)).__getitem__)
        for values in (zip(*picked, strict=True) if picked else [()] * len(rows))
    ]


@lru_cache
def _wording(detection: Detection) -> Wording:
    return wording(detection)
