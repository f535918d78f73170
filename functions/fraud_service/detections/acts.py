"""What people do about detections."""

from fraud.detections.detection import MAX_DETECTIONS, Detection, DetectionText
from fraud.rules.rule import Standing
from fraud_service.detections.record import detections_of
from fraud_service.drafts import DraftActs
from fraud_service.stores.documents import documents


class Draft(DetectionText, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change: the whole detection, and the version it replaces, 0 for a new one."""

    version: Standing = 0


def detection_acts() -> DraftActs[Detection]:
    """Return the acts on detections."""
    return DraftActs(detections_of(documents()), MAX_DETECTIONS)
