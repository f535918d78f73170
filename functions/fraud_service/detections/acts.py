"""What people do about detections, by whichever door they come."""

from dataclasses import dataclass, field

import msgspec

from fraud.detections.detection import MAX_DETECTIONS, Detection, DetectionError, DetectionText, compiled, signed
from fraud.errors import AbsentError, ConflictError
from fraud.rules.rule import ModeSwitch, Standing, is_id
from fraud_service import clock
from fraud_service.clock import Clock
from fraud_service.detections.record import detections_of
from fraud_service.stores.documents import documents
from fraud_service.stores.versions import Versions


class Draft(DetectionText, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change: the whole detection, and the version it replaces, 0 for a new one."""

    version: Standing = 0


@dataclass(frozen=True)
class DetectionActs:
    """The acts on detections. Every method raises RetryableError while Firestore is down."""

    detections: Versions[Detection] = field(default_factory=lambda: detections_of(documents()))
    now: Clock = clock.now

    def show(self, detection_id: str) -> Detection:
        """Return the version that stands. Raises AbsentError, and DetectionError for a document that is none."""
        detection = self.detections.find(detection_id) if is_id(detection_id) else None
        if detection is None:
            raise AbsentError("there is no detection of this id")
        return detection

    def drafted(self, detection_id: str, draft: DetectionText, person: str) -> Detection:
        """Return a detection as somebody wants it; nothing is kept. Raises DetectionError for one that cannot be."""
        if not is_id(detection_id):
            raise DetectionError("draft", "detection_id", "an id is lower-case letters, digits, - and _")
        detection = signed(detection_id, draft, person, self.now())
        compiled(detection)
        return detection

    def save(self, detection_id: str, draft: Draft, person: str) -> Detection:
        """Put a detection in the place of the version it names.

        Raises DetectionError, VersionConflictError and ConflictError.
        """
        detection = self.drafted(detection_id, draft, person)
        if draft.version == 0 and len(self.detections.load().items) >= MAX_DETECTIONS:
            raise ConflictError(f"there are {MAX_DETECTIONS} detections already: change one instead")
        return self.detections.change(detection, draft.version)

    def switch(self, detection_id: str, switch: ModeSwitch, person: str) -> Detection:
        """Put the next version, which differs in its mode. Raises AbsentError, DetectionError, VersionConflictError."""
        text = msgspec.structs.replace(self.show(detection_id), mode=switch.mode)
        return self.detections.change(signed(detection_id, text, person, self.now()), switch.version)
