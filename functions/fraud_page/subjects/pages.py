"""The subject page: what is held on a person, shown; their erasure, asked for and followed to its receipt.

An identifier comes in a form's body and goes on in a body: it stands in no address, no log, and is never sent back.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fraud.erasure.request import State
from fraud.errors import RetryableError
from fraud_page.http.form import read_form
from fraud_page.http.person import person
from fraud_page.http.view import render
from fraud_page.settings import PageSettings
from fraud_service.clock import now
from fraud_service.erasure.client import ErasureApi
from fraud_service.http.problem import ProblemError
from fraud_service.stores.documents import documents
from fraud_service.subjects.acts import SubjectActs
from fraud_service.subjects.proposals import Proposals

KINDS = {
    "credit_card": "Card number",
    "card_token": "Card token (64 hexadecimal digits)",
    "pii_hash": "Hash of card, CVV and expiry (64 hexadecimal digits)",
}
STEPS = {
    State.ACCEPTED: "Accepted: recorded, not begun",
    State.ERASING: "Erasing: every store is swept",
    State.WAITING_FOR_STREAM: "Waiting for the stream: payments on their way are swept too",
    State.COMPLETED: "Completed: nothing is left, the receipt is issued",
}
_REQUEST_ID = re.compile(r"[0-9a-f]{32}")


class AwaitsAnotherError(Exception):
    """An act that another privacy officer must ask for too; says which."""


Fields = Mapping[str, str]
Act = Callable[[Request, Fields, str], Response]
"""Takes the form that names a subject, and who sent it."""


@cache
def erasure_api() -> ErasureApi:
    """Return the function that the settings name."""
    return ErasureApi(str(PageSettings().erasure_url))


def show_form(request: Request) -> Response:
    """Answer the form that names a subject."""
    return _form(request)


def show_erasure(request: Request) -> Response:
    """Answer where an erasure stands, with its receipt."""
    request_id, name = request.path_params["request_id"], person(request)
    if not _REQUEST_ID.fullmatch(request_id):
        raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such request")
    erasure = erasure_api().erasure(request_id, name)
    values = {"erasure": erasure, "people": SubjectActs(documents()).people(request_id), "steps": STEPS}
    return render(request, "erasure.html", values=values)


async def ask_for_erasure(request: Request) -> Response:
    """Ask for an erasure that has been confirmed, and lead to where it stands."""
    return await _act(request, _erase)


async def ask_for_report(request: Request) -> Response:
    """Answer what is held on a subject."""
    return await _act(request, _report)


ROUTES = (
    Route("/subjects", show_form),
    Route("/subjects/report", ask_for_report, methods=["POST"]),
    Route("/subjects/erasures", ask_for_erasure, methods=["POST"]),
    Route("/subjects/erasures/{request_id}", show_erasure),
)


async def _act(request: Request, act: Act) -> Response:
    fields = await read_form(request)
    try:
        name = person(request)
    except ProblemError as problem:  # an identifier is never sent back, so it is not carried over to be done then
        return _form(request, fields.get("kind", ""), {"": problem.detail}, problem.status)
    return await run_in_threadpool(_done, request, act, fields, name)


def _done(request: Request, act: Act, fields: Fields, name: str) -> Response:
    """Return what an act answers; a refusal stands beside its field, and the identifier is asked for again."""
    kind = fields.get("kind", "")
    try:
        return act(request, fields, name)
    except AwaitsAnotherError as waiting:
        return _form(request, kind, status=HTTPStatus.ACCEPTED, awaited=str(waiting))
    except ProblemError as problem:
        field = "identifier" if problem.field in KINDS else problem.field or ""
        return _form(request, kind, {field: problem.detail}, problem.status)
    except RetryableError as error:
        return _form(request, kind, {"": str(error)}, HTTPStatus.SERVICE_UNAVAILABLE)


def _erase(_request: Request, fields: Fields, name: str) -> Response:
    identifiers = _identifiers(fields)
    if fields.get("confirmed") != "yes":
        raise ProblemError(HTTPStatus.BAD_REQUEST, "tick that it is to be erased for good", "confirmed")
    with _by_two("erasure", identifiers, name) as first:
        acts = SubjectActs(documents())
        act_id = acts.begin("erasure", name, now(), first)
        erasure = erasure_api().erase(identifiers, name)
        acts.end(act_id, erasure.request_id)
    return RedirectResponse(f"/subjects/erasures/{erasure.request_id}", HTTPStatus.SEE_OTHER)


def _report(request: Request, fields: Fields, name: str) -> Response:
    identifiers, acts = _identifiers(fields), SubjectActs(documents())
    with _by_two("report", identifiers, name) as first:
        act_id = acts.begin("report", name, now(), first)
        report = erasure_api().report(identifiers, name)
        acts.end(act_id, report.report_id)
    return render(request, "report.html", values={"report": report})


@contextmanager
def _by_two(what: str, identifiers: dict[str, str], name: str) -> Iterator[str | None]:
    """Let an act be done, and say who proposed it. Raises AwaitsAnotherError where somebody else must ask too."""
    if not PageSettings().two_person_rule:
        yield None
        return
    proposals, key = Proposals(documents()), erasure_api().subject_key(identifiers, name)
    first = proposals.other(what, key, name, now())
    if first is None:
        raise AwaitsAnotherError(what)
    yield first
    proposals.close(what, key)


def _identifiers(fields: Fields) -> dict[str, str]:
    kind, identifier = fields.get("kind", ""), fields.get("identifier", "").strip()
    if kind not in KINDS:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "choose what the subject is named by", "kind")
    if not identifier:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "name the subject", "identifier")
    return {kind: identifier}


def _form(
    request: Request,
    kind: str = "",
    errors: Fields | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    awaited: str = "",
) -> Response:
    values = {"kinds": KINDS, "kind": kind, "errors": errors or {}, "awaited": awaited}
    return render(request, "subjects.html", status, values)
