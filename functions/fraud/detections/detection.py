"""A detection: a condition on a payment that raises a flag; data that the fraud team changes at will."""

from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Annotated

import msgspec
from msgspec import Meta

from fraud.rules.expression import Expression, ExpressionError, Language
from fraud.rules.rule import MAX_FILE_BYTES, Description, Mode, RuleId
from fraud.scoring.facts import FIELDS
from fraud.scoring.score import MAX_SCORE
from fraud.versions import RefusedError

COLLECTION = "detections"
SETS = "rule_sets"
"""Where detections stand in Firestore, `detections/{detection_id}`; `rule_sets/detections` counts their changes."""

MAX_DETECTIONS = 100
"""How many detections people may make: every payment is held against all of them."""

LANGUAGE = Language(FIELDS)
"""What detections are written in."""

Flag = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{0,39}\Z")]
Points = Annotated[int, Meta(ge=0, le=MAX_SCORE)]
Share = Annotated[int, Meta(ge=0, le=100)]


class DetectionText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person writes of a detection.

    `flag` is the name under which a hit is stored; several detections may raise one flag, which then counts once, with
    the most points. It judges the payments of those accounts whose share (0 to 99, by their name) is from
    `rollout_from` up to before `rollout_until`: a canary, or two versions of one flag side by side.
    """

    expression: str
    flag: Flag
    points: Points
    alerts_alone: bool = False
    mode: Mode = Mode.LIVE
    rollout_from: Share = 0
    rollout_until: Share = 100
    description: Description = ""


class Detection(DetectionText, frozen=True, kw_only=True):
    """One version of a detection."""

    detection_id: RuleId
    version: Annotated[int, Meta(ge=1)] = 1
    author: str = ""
    changed_at: datetime | None = None


class DetectionError(RefusedError):
    """A detection that is refused."""

    noun = "detection"


def compiled(detection: Detection) -> Expression:
    """Return the detection's expression. Raises DetectionError."""
    if detection.rollout_from >= detection.rollout_until:
        raise DetectionError(detection.detection_id, "rollout_until", "it must be more than rollout_from")
    try:
        return expression(detection.expression)
    except ExpressionError as error:
        raise DetectionError(detection.detection_id, "expression", error.problem, error.position) from error


@lru_cache(maxsize=2 * MAX_DETECTIONS)
def expression(text: str) -> Expression:
    """Return an expression on a payment, compiled once in a process. Raises ExpressionError."""
    return Expression(text, LANGUAGE)


def read_detections(document: bytes) -> list[Detection]:
    """Return the detections of a JSON list. Raises DetectionError."""
    if len(document) > MAX_FILE_BYTES:
        raise DetectionError("file", None, f"it is longer than {MAX_FILE_BYTES} bytes")
    try:
        detections = msgspec.json.decode(document, type=list[Detection])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DetectionError("file", None, str(error)) from error
    for detection in detections:
        compiled(detection)
    return detections


def default_detections() -> list[Detection]:
    """Return the detections that a new installation starts with: the table of the design."""
    return read_detections(files("fraud.detections").joinpath("default.json").read_bytes())
