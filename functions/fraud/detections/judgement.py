"""What detections say of one payment; the stream says the same of a batch, by columns."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b

import msgspec

from fraud.detections.detection import Detection, compiled
from fraud.detections.reason import wording
from fraud.rules.rule import Mode
from fraud.scoring.facts import PaymentFacts
from fraud.scoring.score import HIGH_RISK_ABOVE, MAX_SCORE


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Live detections give flags, score and reasons; `alerts` tells whether one of them alerts by itself.

    `hits` are the ids of all that hit, those in shadow included.
    """

    hits: list[str]
    flags: list[str]
    score: int
    alerts: bool
    reasons: list[str]

    @property
    def is_high_risk(self) -> bool:
        """Whether the score alone raises an alert."""
        return self.score > HIGH_RISK_ABOVE


def judge(detections: Sequence[Detection], facts: PaymentFacts) -> Judgement:
    """Return what detections say of a payment. Raises DetectionError for one that cannot be."""
    hits = {one.detection_id for one in detections if is_hit(one, facts)}
    chosen = [one for one in _chosen(detections, hits) if one]
    return Judgement(
        hits=[one.detection_id for one in detections if one.detection_id in hits],
        flags=[one.flag for one in chosen],
        score=min(MAX_SCORE, sum(one.points for one in chosen)),
        alerts=any(one.alerts_alone and one.mode is Mode.LIVE and one.detection_id in hits for one in detections),
        reasons=[wording(one).reason(lambda name: getattr(facts, name)) for one in chosen],
    )


def _chosen(detections: Iterable[Detection], hits: set[str]) -> Iterator[Detection | None]:
    """Yield for each flag the live hit that counts, if there is one."""
    for rivals in by_flag(detections).values():
        yield next((one for one in rivals if one.detection_id in hits), None)


def by_flag(detections: Iterable[Detection]) -> Mapping[str, Sequence[Detection]]:
    """Return the live detections of each flag; of those that hit a payment the first one counts.

    The flag with the most points comes first, and the detection with the most; a tie goes by flag, or by id.
    """
    of_flag: dict[str, list[Detection]] = defaultdict(list)
    live = (one for one in detections if one.mode is Mode.LIVE)
    for one in sorted(live, key=lambda one: (-one.points, one.flag, one.detection_id)):
        of_flag[one.flag].append(one)
    return of_flag


def is_hit(detection: Detection, facts: PaymentFacts) -> bool:
    """Tell whether a detection that is not off hits a payment."""
    if detection.mode is Mode.OFF or not covers(detection, facts.sender_account_id):
        return False
    return compiled(detection).holds(facts)


def covers(detection: Detection, account: str) -> bool:
    """Tell whether a detection judges the payments of an account, by the account's share."""
    return detection.rollout_from <= share_of(account) < detection.rollout_until


def share_of(account: str) -> int:
    """Return an account's place among 0 to 99, the same for every detection and release."""
    return int.from_bytes(blake2b(account.encode(), digest_size=8).digest(), "little") % 100
