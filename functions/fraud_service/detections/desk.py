"""Detections by HTTP: read with their history, tried, written, switched to another mode."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import Request, Response

from fraud.detections.detection import Detection, default_detections
from fraud.rules.rule import ModeSwitch
from fraud.scoring.facts import FIELDS
from fraud_service.detections.acts import Draft
from fraud_service.detections.trial import tried
from fraud_service.drafts import DraftActs
from fraud_service.http.answer import answer
from fraud_service.http.body import read_json
from fraud_service.http.caller import caller
from fraud_service.http.router import Endpoint
from fraud_service.reviews.record import Reviews
from fraud_service.stores.documents import documents
from fraud_service.stores.warehouse import Warehouse


@dataclass(frozen=True)
class DetectionDesk:
    """The endpoints about detections; `acts` gives what they do, `warehouse` the payments they are tried on."""

    acts: Callable[[], DraftActs[Detection]]
    warehouse: Callable[[], Warehouse]

    @property
    def routes(self) -> Mapping[str, Endpoint]:
        """The endpoints by method and path."""
        return {
            "GET /detections": self._list,
            "POST /detections/trial": self._try,
            "GET /detections/<detection_id>": self._show,
            "PUT /detections/<detection_id>": self._put,
            "POST /detections/<detection_id>/mode": self._switch,
        }

    def check_ready(self) -> None:
        """Put the default detections on the very first start; raises what the record does."""
        acts = self.acts()
        acts.record.provide(default_detections(), acts.now())

    def _list(self, _request: Request) -> Response:
        """Answer every detection that stands, how many changes there have been, and what they may ask about."""
        stored = self.acts().record.load()
        about = {"revision": stored.revision, "refused": stored.refused, "fields": dict(FIELDS)}
        return answer({"detections": stored.items, **about})

    def _show(self, _request: Request, detection_id: str) -> Response:
        """Answer one detection with every change to it, oldest first."""
        acts = self.acts()
        return answer({"detection": acts.show(detection_id), "history": acts.record.history(detection_id)})

    def _try(self, request: Request) -> Response:
        """Answer what a detection would have done on the payments of the last day; nothing is kept."""
        acts = self.acts()
        detection = acts.drafted("draft", read_json(request, Draft), "")
        return answer(tried(detection, self.warehouse(), Reviews(documents()), acts.now()))

    def _put(self, request: Request, detection_id: str) -> Response:
        person, draft = caller(request), read_json(request, Draft)
        return _changed(self.acts().save(detection_id, draft, person))

    def _switch(self, request: Request, detection_id: str) -> Response:
        person, switch = caller(request), read_json(request, ModeSwitch)
        return _changed(self.acts().switch(detection_id, switch, person))


def _changed(detection: Detection) -> Response:
    return answer(detection, HTTPStatus.CREATED if detection.version == 1 else HTTPStatus.OK)
