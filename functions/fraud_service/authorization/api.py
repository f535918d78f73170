"""`POST /authorize`: a gateway asks, before it charges, whether it may."""

import asyncio
from functools import cache
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from fraud.authorization.attempt import make_attempt
from fraud.errors import RetryableError
from fraud.payments.event import (
    MAX_EVENT_BYTES,
    InvalidPaymentError,
    Payment,
    Reason,
    decode_event,
    judge,
    with_pasted_card,
)
from fraud_service.authorization.attempts import Attempts
from fraud_service.authorization.authorizer import Authorizer, OtherPaymentError
from fraud_service.authorization.clients import async_cache, async_documents, patience, stack_card_rule
from fraud_service.authorization.listing import RecordedLists
from fraud_service.cards.record import COLLECTION
from fraud_service.clock import now
from fraud_service.http.asgi import json_answer, read_body
from fraud_service.http.problem import ProblemError
from fraud_service.keys import key_ring

_DETAILS = {
    Reason.TOO_LARGE: f"the body is longer than {MAX_EVENT_BYTES} bytes",
    Reason.NOT_JSON: "the body is not JSON",
    Reason.MISSING_FIELD: "a required field is missing",
    Reason.INVALID_FIELD: "a field has a value that is not allowed",
    Reason.CARD_DATA_IN_FIELD: "a field other than credit_card holds a card number",
    Reason.FUTURE_CLOCK: "the payment's clock is more than five minutes ahead",
}


async def authorize(request: Request) -> Response:
    """Answer whether the payment in the body may be charged."""
    payment = _payment(await read_body(request, MAX_EVENT_BYTES))
    keys = key_ring()
    attempt = make_attempt(payment, keys, now())
    if attempt.is_ahead:
        raise _problem(InvalidPaymentError(Reason.FUTURE_CLOCK, "event_time"))
    try:
        return json_answer(await _authorizer().authorize(attempt, keys))
    except OtherPaymentError as error:
        raise ProblemError(HTTPStatus.CONFLICT, str(error), "transaction_id") from error


async def check_ready() -> None:
    """Make a first call to both stores; one that answers is enough to decide. Raises RetryableError without any."""
    card = async_documents().collection(COLLECTION).document("ready")
    calls = (async_cache().ping(), card.get(retry=None, timeout=patience().authorize_firestore_timeout_seconds))
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    if all(isinstance(outcome, BaseException) for outcome in outcomes):
        raise RetryableError("neither Redis nor Firestore answers")


@cache
def _authorizer() -> Authorizer:
    cache, documents = async_cache(), async_documents()
    lists = RecordedLists(documents, cache)
    return Authorizer(Attempts(cache), documents, lists, patience().authorize_firestore_timeout_seconds)


def _payment(body: bytes) -> Payment:
    try:
        return judge(with_pasted_card(decode_event(body)), stack_card_rule())
    except InvalidPaymentError as error:
        raise _problem(error) from None


def _problem(error: InvalidPaymentError) -> ProblemError:
    is_long = error.reason is Reason.TOO_LARGE
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if is_long else HTTPStatus.BAD_REQUEST
    return ProblemError(status, _DETAILS[error.reason], error.field)


ROUTES = {"POST /authorize": authorize}
