"""The review queue: what waits for a person, and what that person does about it.

Acts are the review desk's own, by the same rules; what they answer is a page. A card's token stays on the server.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fraud.reviews import (
    Review,
    ReviewConflictError,
    ReviewState,
    Verdict,
    claimed,
    decided,
    false_positive_rate,
    handed_back,
    noted,
)
from fraud_page.http.form import read_form
from fraud_page.http.person import COOKIE, given_name, person
from fraud_page.http.view import render
from fraud_service.cards.desk import Release, cards
from fraud_service.clock import now
from fraud_service.http.body import decode_json
from fraud_service.http.problem import ProblemError
from fraud_service.reviews.desk import PAGE, SUMMARY_DAYS, Decision, Remark, reviews

ADDRESS = "/reviews/review"
"""Of one review, named by a parameter: the path of an address has no place for every id, such as `..`."""

Fields = Mapping[str, str]
Act = Callable[[str, str, Fields], None]
"""Takes a review's transaction id, who acts, and what the form says."""


def show_queue(request: Request) -> Response:
    """Answer the reviews of a state, oldest first, and how the queue has fared."""
    state = _state(request.query_params.get("state", ReviewState.OPEN))
    desk = reviews()
    counts = desk.counts(now() - timedelta(days=SUMMARY_DAYS))
    rate = false_positive_rate(counts[Verdict.CONFIRMED_FRAUD], counts[Verdict.FALSE_POSITIVE])
    found = desk.listed(state, None, PAGE)
    frame = {"states": list(ReviewState), "days": SUMMARY_DAYS, "most": PAGE}
    values = {"state": state, "reviews": found, "counts": counts, "rate": rate}
    return render(request, "reviews.html", values={**frame, **values})


def show_review(request: Request) -> Response:
    """Answer the review of the payment that the address names, with its card."""
    return _review_page(request, request.query_params.get("transaction_id", ""))


def _review_page(
    request: Request, transaction_id: str, status: HTTPStatus = HTTPStatus.OK, refused: str = ""
) -> Response:
    """Return one review with its card; `refused` tells why an act was not done."""
    review = _found(reviews().find(transaction_id) if transaction_id else None)
    [card] = cards().recorded([review.card_token]).values()
    values = {"in_force": card.in_force(now()), "card_history": cards().history(review.card_token)}
    return render(request, "review.html", status, {"review": review, "refused": refused, **values})


def _claim(transaction_id: str, name: str, _fields: Fields) -> None:
    _change(transaction_id, partial(claimed, person=name, now=now()))


def _hand_back(transaction_id: str, name: str, _fields: Fields) -> None:
    _change(transaction_id, partial(handed_back, person=name, now=now()))


def _decide(transaction_id: str, name: str, fields: Fields) -> None:
    body = decode_json(msgspec.json.encode(fields), Decision)
    _change(transaction_id, partial(decided, person=name, verdict=body.verdict, note=body.note, now=now()))


def _annotate(transaction_id: str, name: str, fields: Fields) -> None:
    note = decode_json(msgspec.json.encode(fields), Remark).note
    _change(transaction_id, partial(noted, person=name, note=note, now=now()))


def _release(transaction_id: str, name: str, fields: Fields) -> None:
    token = _found(reviews().find(transaction_id)).card_token
    body = decode_json(msgspec.json.encode({**fields, "card_token": token}), Release)
    cards().release(token, name, body.reason, now())


ACTS: Mapping[str, Act] = {
    "claim": _claim,
    "hand-back": _hand_back,
    "decide": _decide,
    "notes": _annotate,
    "release": _release,
}


async def act_on_review(request: Request) -> Response:
    """Do what a form asks for, and show the review as it is then."""
    fields, name = await read_form(request), person(request)
    act = ACTS.get(request.path_params["act"])
    if act is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such act")
    return await run_in_threadpool(_done, request, act, name, fields)


def _done(request: Request, act: Act, name: str, fields: Fields) -> Response:
    transaction_id = fields.get("transaction_id", "")
    told = {name: value for name, value in fields.items() if name != "transaction_id"}
    try:
        act(transaction_id, name, told)
    except ReviewConflictError as conflict:
        return _review_page(request, transaction_id, HTTPStatus.CONFLICT, str(conflict))
    except ProblemError as problem:
        if problem.status is not HTTPStatus.BAD_REQUEST:
            raise
        return _review_page(request, transaction_id, problem.status, f"{problem.detail}: {problem.field}")
    return RedirectResponse(f"{ADDRESS}?{urlencode({'transaction_id': transaction_id})}", HTTPStatus.SEE_OTHER)


async def name_oneself(request: Request) -> Response:
    """Keep the name that a person gives, where nobody else tells who they are."""
    fields = await read_form(request)
    name, back = given_name(fields.get("name", "")), fields.get("back", "")
    is_own = back.startswith("/") and not back.startswith(("//", "/\\"))
    response = RedirectResponse(back if is_own else "/", HTTPStatus.SEE_OTHER)
    response.set_cookie(COOKIE, name, path="/", httponly=True, samesite="strict")
    return response


ROUTES = (
    Route("/reviews", show_queue),
    Route(ADDRESS, show_review),
    Route(f"{ADDRESS}/{{act}}", act_on_review, methods=["POST"]),
    Route("/person", name_oneself, methods=["POST"]),
)


def _state(text: str) -> ReviewState:
    try:
        return ReviewState(text)
    except ValueError:
        problem = ProblemError(HTTPStatus.BAD_REQUEST, "a parameter has a value that is not allowed", "state")
    raise problem


def _found(review: Review | None) -> Review:
    if review is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "there is no review of this transaction")
    return review


def _change(transaction_id: str, act: Callable[[Review], Review]) -> None:
    _found(reviews().change(transaction_id, act))
