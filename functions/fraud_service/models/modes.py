"""Which model gates, scores beside it, or does nothing: changed by two people, who say why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from uuid import uuid4

import msgspec
import structlog
from flask import Request, Response

from fraud.cards import Reason
from fraud.errors import AbsentError, ConflictError, RetryableError
from fraud.models.publication import CURRENT, Mode, Publication, decode_publication, encode_publication, switched
from fraud_service import clock
from fraud_service.clock import Clock
from fraud_service.http.answer import answer
from fraud_service.http.body import read_json
from fraud_service.http.caller import caller
from fraud_service.http.router import Endpoint
from fraud_service.settings import Settings, Text, project
from fraud_service.stores.documents import documents, reaching_firestore
from fraud_service.stores.files import OUT_OF_REACH, Files, files_at
from fraud_service.subjects.proposals import Proposals

COLLECTION = "model_changes"
TIMEOUT_S = 5.0

log = structlog.get_logger()


class ModelSettings(Settings):
    """Where models are published, a folder or `gs://bucket/path`; None: nowhere."""

    model_location: Text | None = None


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """What a model is to do from now on, and why."""

    mode: Mode
    reason: Reason


class Outcome(msgspec.Struct, frozen=True):
    """`is_done` once a second person has asked for the same; `models` are as they are then."""

    is_done: bool
    models: Publication


def model_files() -> Files:
    """Return where models are published. Raises AbsentError where that is nowhere."""
    location = ModelSettings().model_location
    if location is None:
        raise AbsentError("no models are published here: MODEL_LOCATION is not set")
    return files_at(location, project())


@dataclass(frozen=True)
class ModelActs:
    """The acts on models. Every method raises RetryableError while a store is out of reach."""

    files: Files = field(default_factory=model_files)
    proposals: Proposals = field(default_factory=lambda: Proposals(documents()))
    now: Clock = clock.now

    def published(self) -> Publication:
        """Return every model with its mode. Raises ConflictError where the manifest has been spoilt."""
        try:
            content = self.files.read(CURRENT)
        except OUT_OF_REACH as error:
            raise RetryableError(f"the models are out of reach: {type(error).__name__}") from None
        try:
            return decode_publication(content.encode()) if content else Publication()
        except msgspec.DecodeError:
            raise ConflictError("the manifest of models cannot be read: publish one anew") from None

    def switch(self, sha256: str, change: Change, person: str) -> Outcome:
        """Switch a model once a second person has asked for it within a day; asked for again, nothing changes.

        Raises AbsentError where no such model is published, and what `published` raises.
        """
        before = self.published()
        after = switched(before, sha256, change.mode)
        if after == before:
            return Outcome(is_done=True, models=before)
        what = f"model-{change.mode}"
        first = self.proposals.other(what, sha256, person, self.now())
        self._record(sha256, change, person, first)
        if first is None:
            return Outcome(is_done=False, models=before)
        self._publish(after)
        self.proposals.close(what, sha256)
        log.info("model_switched", model=sha256, mode=change.mode.value)
        return Outcome(is_done=True, models=after)

    def _record(self, sha256: str, change: Change, person: str, first: str | None) -> None:
        """Record who asks, and who did before, before anything is done."""
        act = {"mode": change.mode.value, "reason": change.reason, "person": person, "proposed_by": first}
        document = self.proposals.documents.collection(COLLECTION).document(uuid4().hex)
        with reaching_firestore():
            document.create({**act, "sha256": sha256, "at": self.now()}, timeout=TIMEOUT_S)

    def _publish(self, publication: Publication) -> None:
        try:
            self.files.replace(CURRENT, encode_publication(publication).decode())
        except OUT_OF_REACH as error:
            raise RetryableError(f"the models are out of reach: {type(error).__name__}") from None


@dataclass(frozen=True)
class ModelDesk:
    """The endpoints about models; `acts` gives what they do."""

    acts: Callable[[], ModelActs]

    @property
    def routes(self) -> Mapping[str, Endpoint]:
        """The endpoints by method and path."""
        return {"GET /models": self._list, "POST /models/<sha256>/mode": self._switch}

    def check_ready(self) -> None:
        """Need nothing: the desk works without models too."""

    def _list(self, _request: Request) -> Response:
        return answer(self.acts().published())

    def _switch(self, request: Request, sha256: str) -> Response:
        """Answer 202 to the first of two people."""
        person, change = caller(request), read_json(request, Change)
        outcome = self.acts().switch(sha256, change, person)
        return answer(outcome, HTTPStatus.OK if outcome.is_done else HTTPStatus.ACCEPTED)
