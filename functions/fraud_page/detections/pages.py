"""The detections page: what stands and what it hit, edited with errors in place, tried before it is saved."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fraud.detections.detection import Detection
from fraud.errors import FraudError
from fraud.rules.rule import Mode, ModeSwitch
from fraud.scoring.facts import FIELDS
from fraud.versions import VersionConflictError
from fraud_page.health.readings import read_hits
from fraud_page.http.form import read_form
from fraud_page.http.person import person
from fraud_page.http.view import render
from fraud_service.clock import now
from fraud_service.detections.acts import DetectionActs, Draft
from fraud_service.detections.trial import Trial, tried
from fraud_service.http.body import read_fields
from fraud_service.http.problem import ProblemError, problem_of
from fraud_service.reviews.record import Reviews
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents
from fraud_service.stores.warehouse import warehouse

Fields = Mapping[str, str]
Act = Callable[[Request, Detection | None, Fields, str], Response]
"""Takes the detection that stands, the form, and who sent it."""

_EMPTY = Detection(detection_id="new", expression="", flag="", points=10, mode=Mode.SHADOW)
_WRITTEN = ("expression", "flag", "points", "mode", "rollout_from", "rollout_until", "description")
_NUMBERS = frozenset({"points", "rollout_from", "rollout_until", "version"})


def show_detections(request: Request) -> Response:
    """Answer every detection with its mode, version and hits, the most points first."""
    stored = DetectionActs().detections.load()
    detections = sorted(stored.items, key=lambda one: (-one.points, one.flag, one.detection_id))
    values = {"detections": detections, "refused": stored.refused, "hits": read_hits(cache_client())}
    return render(request, "detections.html", values=values)


def show_detection(request: Request) -> Response:
    """Answer one detection as a form, with its history."""
    detection = DetectionActs().show(request.path_params["detection_id"])
    return _page(request, detection, _written(detection))


def show_new_detection(request: Request) -> Response:
    """Answer the form of a detection that is not there yet; in shadow, until somebody lets it score."""
    return _page(request, None, {"detection_id": "", **_written(_EMPTY)})


async def save_detection(request: Request) -> Response:
    """Put what a form says in the place of the version it was made from; a refusal stands beside its field."""
    return await _acted(request, _save)


async def try_detection(request: Request) -> Response:
    """Answer the form with what the detection in it would have hit; nothing is kept."""
    return await _acted(request, _try)


async def switch_mode(request: Request) -> Response:
    """Put the detection's next version, which differs in its mode."""
    return await _acted(request, _switch)


ROUTES = (
    Route("/detections", show_detections),
    Route("/new-detection", show_new_detection),
    Route("/new-detection", save_detection, methods=["POST"]),
    Route("/new-detection/trial", try_detection, methods=["POST"]),
    Route("/detections/{detection_id}", show_detection),
    Route("/detections/{detection_id}", save_detection, methods=["POST"]),
    Route("/detections/{detection_id}/trial", try_detection, methods=["POST"]),
    Route("/detections/{detection_id}/mode", switch_mode, methods=["POST"]),
)


async def _acted(request: Request, act: Act) -> Response:
    fields, name = await read_form(request), person(request)
    return await run_in_threadpool(_done, request, name, fields, act)


def _done(request: Request, name: str, fields: Fields, act: Act) -> Response:
    """Return what an act answers, or the form as it was sent with what is wrong in it."""
    detection_id = request.path_params.get("detection_id")
    detection = DetectionActs().show(detection_id) if detection_id else None
    try:
        return act(request, detection, fields, name)
    except VersionConflictError as conflict:
        if detection:
            return _page(request, detection, _written(detection), {"": _CHANGED.format(conflict)}, HTTPStatus.CONFLICT)
        errors, status = {"detection_id": "there is a detection of this id already"}, HTTPStatus.CONFLICT
    except (ProblemError, FraudError) as error:
        problem = problem_of(error)
        errors, status = {problem.field or "": problem.detail}, problem.status
    return _page(request, detection, fields, errors, status)


_CHANGED = "someone else has changed the detection meanwhile ({}): here it is as it stands"


def _draft(detection: Detection | None, fields: Fields) -> tuple[str, Draft]:
    """Return the id and the draft that a form holds. Raises ProblemError 400 that names the field."""
    text = {name: value for name, value in fields.items() if name not in {"detection_id", "alerts_alone"}}
    detection_id = detection.detection_id if detection else fields.get("detection_id", "")
    return detection_id, read_fields({**_typed(text), "alerts_alone": "alerts_alone" in fields}, Draft)


def _save(_request: Request, detection: Detection | None, fields: Fields, name: str) -> Response:
    return _back(DetectionActs().save(*_draft(detection, fields), name))


def _try(request: Request, detection: Detection | None, fields: Fields, name: str) -> Response:
    wanted = DetectionActs().drafted(*_draft(detection, fields), name)
    return _page(request, detection, fields, trial=tried(wanted, warehouse(), Reviews(documents()), now()))


def _switch(_request: Request, detection: Detection | None, fields: Fields, name: str) -> Response:
    assert detection  # noqa: S101  the path names one
    return _back(DetectionActs().switch(detection.detection_id, read_fields(_typed(fields), ModeSwitch), name))


def _back(detection: Detection) -> Response:
    return RedirectResponse(f"/detections/{detection.detection_id}", HTTPStatus.SEE_OTHER)


def _page(
    request: Request,
    detection: Detection | None,
    fields: Fields,
    errors: Fields | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    trial: Trial | None = None,
) -> Response:
    history = DetectionActs().detections.history(detection.detection_id) if detection else []
    address = f"/detections/{detection.detection_id}" if detection else "/new-detection"
    values = {"detection": detection, "fields": fields, "errors": errors or {}, "history": history, "trial": trial}
    choices = {"modes": list(Mode), "names": sorted(FIELDS), "form_address": address}
    return render(request, "detection.html", status, {**choices, **values})


def _written(detection: Detection) -> Fields:
    """Return a detection as a form holds it."""
    text = {name: str(getattr(detection, name)) for name in _WRITTEN}
    return text | ({"alerts_alone": "on"} if detection.alerts_alone else {})


def _typed(fields: Fields) -> dict[str, object]:
    """Return a form's fields with their numbers as numbers; what is none stays text and is refused by name."""
    return {name: int(value) if name in _NUMBERS and _is_number(value) else value for name, value in fields.items()}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
