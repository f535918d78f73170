"""The review queue: what waits for a person, and what that person does about it.

Acts are the review desk's own, by the same rules; what they answer is a page. A card's token stays on the server.
"""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fraud.errors import ConflictError
from fraud.reviews import ReviewOrder, ReviewState
from fraud_page.http.act import NAME, THEN, read_act
from fraud_page.http.form import read_form
from fraud_page.http.person import COOKIE, given_name, person_or_none
from fraud_page.http.view import render
from fraud_service.cards.acts import Release
from fraud_service.http.body import read_fields
from fraud_service.http.problem import ProblemError, problem_of
from fraud_service.http.query import parameter
from fraud_service.looks import What, record_look
from fraud_service.reviews.acts import PAGE, Decision, Remark, ReviewActs, card_acts

ADDRESS = "/reviews/review"
"""The address of a review takes its id as a parameter: a path cannot hold every id, such as `..`."""

Fields = Mapping[str, str]


def show_queue(request: Request) -> Response:
    """Answer a page of the reviews of a state, and how the queue has fared."""
    state = parameter(request.query_params, "state", ReviewState, ReviewState.OPEN)
    usual = ReviewOrder.NEWEST if state is ReviewState.DECIDED else ReviewOrder.WORST
    order = parameter(request.query_params, "order", ReviewOrder, usual)
    after, acts = request.query_params.get("after"), ReviewActs()
    listed = acts.reviews.page(state, order, after, PAGE + 1)
    frame = {"states": list(ReviewState), "orders": list(ReviewOrder), "summary": acts.summary()}
    values = {"state": state, "order": order, "after": after, "reviews": listed[:PAGE], "goes_on": len(listed) > PAGE}
    return render(request, "reviews.html", values={**frame, **values})


def show_review(request: Request) -> Response:
    """Answer the review of the payment that the address names, with its card."""
    return _review_page(request, request.query_params.get("transaction_id", ""))


def _review_page(
    request: Request, transaction_id: str, status: HTTPStatus = HTTPStatus.OK, refused: str = ""
) -> Response:
    """Return one review with its card; `refused` tells why an act was not done."""
    review = ReviewActs().show(transaction_id)
    record_look(What.REVIEW, transaction_id, person_or_none(request))
    story, address = card_acts().show(review.card_token), _address(transaction_id)
    values = {"review": review, "story": story, "refused": refused, "address": address}
    return render(request, "review.html", status, values)


async def act_on_review(request: Request) -> Response:
    """Do what a form asks for, and show the review as it is then."""
    fields, name = await read_act(request)
    return await run_in_threadpool(_done, request, request.path_params["act"], name, fields)


def _done(request: Request, act: str, name: str, fields: Fields) -> Response:
    transaction_id = fields.get("transaction_id", "")
    content = {name: value for name, value in fields.items() if name != "transaction_id"}
    try:
        _do(act, transaction_id, name, content)
    except (ProblemError, ConflictError) as error:
        problem = problem_of(error)
        if problem.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT}:
            raise
        blamed = f": {problem.field}" if problem.field else ""
        return _review_page(request, transaction_id, problem.status, f"{problem.detail}{blamed}")
    return RedirectResponse(_address(transaction_id), HTTPStatus.SEE_OTHER)


def _address(transaction_id: str) -> str:
    return f"{ADDRESS}?{urlencode({'transaction_id': transaction_id})}"


def _do(act: str, transaction_id: str, name: str, fields: Fields) -> None:
    """Do an act. Raises ProblemError 404 for one that there is not, 400 for a field that does not fit."""
    acts = ReviewActs()
    match act:
        case "claim":
            acts.claim(transaction_id, name)
        case "hand-back":
            acts.hand_back(transaction_id, name)
        case "decide":
            acts.decide(transaction_id, name, read_fields(fields, Decision))
        case "notes":
            acts.annotate(transaction_id, name, read_fields(fields, Remark))
        case "reopen":
            acts.reopen(transaction_id, name, read_fields(fields, Remark))
        case "release":
            release = read_fields({**fields, "card_token": acts.show(transaction_id).card_token}, Release)
            card_acts().release(release, name)
        case _:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such act")


async def name_oneself(request: Request) -> Response:
    """Keep the name that a person gives, where nobody else tells who they are, and let them do what they were about to.

    A browser sends the whole form on to where `then` says.
    """
    fields = await read_form(request)
    name, then = given_name(fields.get(NAME, "")), fields.get(THEN)
    back = then or fields.get("back", "")
    is_own = back.startswith("/") and not back.startswith(("//", "/\\"))
    status = HTTPStatus.TEMPORARY_REDIRECT if then and is_own else HTTPStatus.SEE_OTHER
    response = RedirectResponse(back if is_own else "/", status)
    response.set_cookie(COOKIE, name, path="/", httponly=True, samesite="strict")
    return response


ROUTES = (
    Route("/reviews", show_queue),
    Route(ADDRESS, show_review),
    Route(f"{ADDRESS}/{{act}}", act_on_review, methods=["POST"]),
    Route("/person", name_oneself, methods=["POST"]),
)
