"""What people have stored for the job to judge by: detections and lists in Firestore, read between batches.

Firestore is asked at most once a second for each, and waited for briefly: while it does not answer, what was last read
goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from time import monotonic
from typing import Any

import msgspec
import structlog
from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.exceptions import GoogleAuthError
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from fraud import lists
from fraud.detections.detection import COLLECTION, SETS, Detection, DetectionError, DetectionText, compiled
from fraud.lists import ListEntry

ASK_EVERY_S = 1.0
ASK_AGAIN_S = 10.0
"""After an answer, and after none."""
LIMIT_S = 2.0

log = structlog.get_logger()


@dataclass
class _Pace:
    """When to look again; `look` raises what Firestore does."""

    look: Callable[[], None]
    what: str
    clock: Callable[[], float]
    _at: float = -1.0

    def __call__(self) -> None:
        if self.clock() < self._at:
            return
        try:
            self.look()
            self._at = self.clock() + ASK_EVERY_S
        except (GoogleAPICallError, RetryError, GoogleAuthError) as error:
            log.error("standing_not_read", what=self.what, error=type(error).__name__)  # noqa: TRY400
            self._at = self.clock() + ASK_AGAIN_S


@dataclass
class StandingDetections:
    """The detections of a project, as they were last read; None before the first answer, and where none are stored."""

    project: str
    clock: Callable[[], float] = monotonic
    _pace: _Pace = field(init=False)
    _held: list[Detection] | None = None
    _revision: int | None = None

    def __post_init__(self) -> None:
        self._pace = _Pace(self._look, "detections", self.clock)

    def __call__(self) -> Sequence[Detection] | None:
        """Return what stands, or what was last known to."""
        self._pace()
        return self._held

    def _look(self) -> None:
        revision = _changes(self.project, COLLECTION).get("revision")
        if revision in {None, self._revision}:
            return
        documents = _client(self.project).collection(COLLECTION).stream(retry=None, timeout=LIMIT_S)
        before = {one.detection_id: one for one in self._held or ()}
        read = [_detection(document.id, document.to_dict() or {}, before.get(document.id)) for document in documents]
        self._held = [one for one in read if one]
        self._revision = revision
        log.info("detections_read", revision=self._revision, detections=len(self._held))


@dataclass
class StandingLists:
    """The lists of a project by the keys of their entries, and the number of changes until then; None likewise.

    Only what has changed is read, but after an erasure (`erasures` counts them), which leaves no trace to read.
    """

    project: str
    clock: Callable[[], float] = monotonic
    _pace: _Pace = field(init=False)
    _held: dict[str, ListEntry] = field(default_factory=dict)
    _revision: int = 0
    _erasures: int = 0

    def __post_init__(self) -> None:
        self._pace = _Pace(self._look, "lists", self.clock)

    def __call__(self) -> tuple[int, Mapping[str, ListEntry]] | None:
        """Return what stands, or what was last known to."""
        self._pace()
        return (self._revision, self._held) if self._revision else None

    def _look(self) -> None:
        changes = _changes(self.project, lists.COLLECTION)
        revision, erasures = changes.get("revision", 0), changes.get("erasures", 0)
        if revision == self._revision:
            return
        since = self._revision if erasures == self._erasures else 0
        query = _client(self.project).collection(lists.COLLECTION).where(filter=FieldFilter("revision", ">", since))
        documents = [document.to_dict() or {} for document in query.stream(retry=None, timeout=LIMIT_S)]
        read = {one.key: one for one in map(_entry, documents) if one}
        self._held = {key: one for key, one in ((self._held if since else {}) | read).items() if not one.removed}
        self._revision, self._erasures = revision, erasures
        log.info("lists_read", revision=revision, entries=len(self._held))


@cache
def _client(project: str) -> firestore.Client:
    return firestore.Client(project)


def _changes(project: str, name: str) -> dict[str, Any]:
    return _client(project).document(f"{SETS}/{name}").get(retry=None, timeout=LIMIT_S).to_dict() or {}


def _detection(detection_id: str, document: dict[str, Any], before: Detection | None) -> Detection | None:
    """Return the detection of a document; the one before where somebody has spoilt it past the API."""
    known = {name: document[name] for name in (*DetectionText.__struct_fields__, "version") if name in document}
    try:
        detection = msgspec.convert(known | {"detection_id": detection_id}, Detection)
        compiled(detection)
    except (msgspec.ValidationError, DetectionError):
        log.error("detection_refused", detection_id=detection_id, kept=before is not None)  # noqa: TRY400
        return before
    return detection


def _entry(document: dict[str, Any]) -> ListEntry | None:
    """Return the entry of a document; nobody is told what a spoilt one says."""
    ends = document.get("expires_at")
    plain = {**document, "changed_at": None, "expires_at": ends and datetime.combine(ends.date(), ends.timetz())}
    try:
        return msgspec.convert(plain, ListEntry)
    except msgspec.ValidationError:
        log.error("list_entry_refused")  # noqa: TRY400
        return None
