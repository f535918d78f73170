"""What the fraud team does by HTTP: list, claim, decide and annotate reviews, look cards up and release them.

A card's token stands in bodies only: addresses end up in logs.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated, TypeVar

import msgspec
import structlog
from flask import Request, Response

from fraud.review import (
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
from fraud_service.answer import answer
from fraud_service.body import read_json
from fraud_service.caller import caller
from fraud_service.cards import Cards
from fraud_service.clients import cache_client, documents
from fraud_service.clock import now
from fraud_service.problem import ProblemError
from fraud_service.reviews import Reviews
from fraud_service.router import Endpoint

log = structlog.get_logger()

PAGE = 50
MAX_PAGE = 500
SUMMARY_DAYS = 30

Value = TypeVar("Value")
Note = Annotated[str, msgspec.Meta(max_length=2_000)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
Token = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a decision."""

    verdict: Verdict
    note: Note = ""


class Remark(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a note."""

    note: Reason


class Card(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a question about a card."""

    card_token: Token


class Release(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a release: why the card may be charged again."""

    card_token: Token
    reason: Reason


def check_ready() -> None:
    """Make a first call to every store; raises what that raises."""
    cache_client().ping()
    reviews().find("ready")


def reviews() -> Reviews:
    """Return the review queue."""
    return Reviews(documents())


def cards() -> Cards:
    """Return the cards."""
    return Cards(documents(), cache_client())


def list_reviews(request: Request) -> Response:
    """Answer a page of reviews of a state, oldest first; `next` is the moment from which the next page starts."""
    state = _parameter(request, "state", ReviewState, ReviewState.OPEN)
    limit = _parameter(request, "limit", _page_size, PAGE)
    after = _parameter(request, "after", _moment, None)
    found = reviews().listed(state, after, limit)
    following = found[-1].opened_at if len(found) == limit else None
    return answer({"reviews": found, "next": following})


def summarise(request: Request) -> Response:
    """Answer how many reviews wait, the verdicts of the last days, and the share of false positives among them."""
    days = _parameter(request, "days", _days, SUMMARY_DAYS)
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


def show_card(request: Request) -> Response:
    """Answer what holds for a card, and every change so far."""
    token = read_json(request, Card).card_token
    [state] = cards().recorded([token]).values()
    return answer({"card": state, "in_force": state.in_force(now()), "history": cards().history(token)})


def release(request: Request) -> Response:
    """Lift whatever is in force on a card; a card on which nothing is stays as it is."""
    person, body = caller(request), read_json(request, Release)
    return answer(cards().release(body.card_token, person, body.reason, now()))


ROUTES: Mapping[str, Endpoint] = {
    "GET /reviews": list_reviews,
    "GET /reviews/summary": summarise,
    "GET /reviews/<transaction_id>": show_review,
    "POST /reviews/<transaction_id>/claim": claim,
    "POST /reviews/<transaction_id>/hand-back": hand_back,
    "POST /reviews/<transaction_id>/decide": decide,
    "POST /reviews/<transaction_id>/notes": annotate,
    "POST /cards/show": show_card,
    "POST /cards/release": release,
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


def _parameter(request: Request, name: str, parse: Callable[[str], Value], default: Value) -> Value:
    text = request.args.get(name)
    if text is None:
        return default
    try:
        return parse(text)
    except ValueError:
        problem = ProblemError(HTTPStatus.BAD_REQUEST, "a parameter has a value that is not allowed", name)
    raise problem


def _page_size(text: str) -> int:
    return _whole(text, MAX_PAGE)


def _days(text: str) -> int:
    return _whole(text, 366)


def _whole(text: str, most: int) -> int:
    number = int(text)
    if not 1 <= number <= most:
        raise ValueError(text)
    return number


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
