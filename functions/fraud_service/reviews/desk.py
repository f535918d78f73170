"""What the fraud team does by HTTP: list, claim, decide and annotate reviews."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated

import msgspec
import structlog
from flask import Request, Response

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
from fraud_service.clock import now
from fraud_service.http.answer import answer
from fraud_service.http.body import Reason, read_json
from fraud_service.http.caller import caller
from fraud_service.http.problem import ProblemError
from fraud_service.http.query import moment, parameter, whole
from fraud_service.http.router import Endpoint
from fraud_service.reviews.record import Reviews
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents

log = structlog.get_logger()

PAGE = 50
MAX_PAGE = 500
SUMMARY_DAYS = 30

Note = Annotated[str, msgspec.Meta(max_length=2_000)]


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a decision."""

    verdict: Verdict
    note: Note = ""


class Remark(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a note."""

    note: Reason


def check_ready() -> None:
    """Make a first call to every store; raises what that raises."""
    cache_client().ping()
    reviews().find("ready")


def reviews() -> Reviews:
    """Return the review queue."""
    return Reviews(documents())


def list_reviews(request: Request) -> Response:
    """Answer a page of reviews of a state, oldest first; `next` is the moment from which the next page starts."""
    state = parameter(request, "state", ReviewState, ReviewState.OPEN)
    limit = parameter(request, "limit", _page_size, PAGE)
    after = parameter(request, "after", moment, None)
    found = reviews().listed(state, after, limit)
    following = found[-1].opened_at if len(found) == limit else None
    return answer({"reviews": found, "next": following})


def summarise(request: Request) -> Response:
    """Answer how many reviews wait, the verdicts of the last days, and the share of false positives among them."""
    days = parameter(request, "days", _days, SUMMARY_DAYS)
    counts = reviews().counts(now() - timedelta(days=days))
    rate = false_positive_rate(counts[Verdict.CONFIRMED_FRAUD], counts[Verdict.FALSE_POSITIVE])
    return answer(
        {"days": days, **{name.lower(): number for name, number in counts.items()}, "false_positive_rate": rate}
    )


def show_review(_request: Request, transaction_id: str) -> Response:
    """Answer one review with its history."""
    return answer(_found(reviews().find(transaction_id)))


def claim(request: Request, transaction_id: str) -> Response:
    """Give a review to the caller."""
    return _changed(transaction_id, partial(claimed, person=caller(request), now=now()))


def hand_back(request: Request, transaction_id: str) -> Response:
    """Put the caller's review back into the queue."""
    return _changed(transaction_id, partial(handed_back, person=caller(request), now=now()))


def decide(request: Request, transaction_id: str) -> Response:
    """Record the caller's verdict on their review."""
    person, body = caller(request), read_json(request, Decision)
    act = partial(decided, person=person, verdict=body.verdict, note=body.note, now=now())
    changed = _changed(transaction_id, act)
    log.info("review_decided", verdict=body.verdict.value)
    return changed


def annotate(request: Request, transaction_id: str) -> Response:
    """Add the caller's note to a review."""
    person, body = caller(request), read_json(request, Remark)
    return _changed(transaction_id, partial(noted, person=person, note=body.note, now=now()))


ROUTES: Mapping[str, Endpoint] = {
    "GET /reviews": list_reviews,
    "GET /reviews/summary": summarise,
    "GET /reviews/<transaction_id>": show_review,
    "POST /reviews/<transaction_id>/claim": claim,
    "POST /reviews/<transaction_id>/hand-back": hand_back,
    "POST /reviews/<transaction_id>/decide": decide,
    "POST /reviews/<transaction_id>/notes": annotate,
}


def _changed(transaction_id: str, act: Callable[[Review], Review]) -> Response:
    try:
        return answer(_found(reviews().change(transaction_id, act)))
    except ReviewConflictError as conflict:
        problem = ProblemError(HTTPStatus.CONFLICT, str(conflict))
    raise problem


def _found(review: Review | None) -> Review:
    if review is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "there is no review of this transaction")
    return review


def _page_size(text: str) -> int:
    return whole(text, MAX_PAGE)


def _days(text: str) -> int:
    return whole(text, 366)
