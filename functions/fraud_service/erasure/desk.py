"""gdpr_erasure by HTTP: ask for an erasure, look at one, be woken by Pub/Sub.

Identifiers come in bodies only, never in an address, and are never logged; a card number is turned into its tokens
before anything is stored.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from threading import Lock

import msgspec
import structlog
from flask import Request, Response
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from fraud.erasure.receipt import Receipt, Retention
from fraud.erasure.request import Erasure
from fraud.erasure.view import ErasureView
from fraud_service.cards.erased import ErasedCards
from fraud_service.cards.record import Cards
from fraud_service.clock import now
from fraud_service.erasure.loop import ErasureLoop
from fraud_service.erasure.record import Erasures
from fraud_service.erasure.worker import ErasureWorker
from fraud_service.http.answer import answer
from fraud_service.http.problem import ProblemError
from fraud_service.http.router import Endpoint
from fraud_service.pubsub.topic import begin_publishing
from fraud_service.settings import Settings
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents
from fraud_service.stores.lease import Lease
from fraud_service.stores.raw_topic import RawTopic, RawTopicSettings
from fraud_service.stores.warehouse import warehouse
from fraud_service.subjects.asking import asker, limit_rate, subject_of
from fraud_service.subjects.cache import SubjectCache
from fraud_service.subjects.cards import SubjectCards
from fraud_service.subjects.documents import SubjectDocuments
from fraud_service.subjects.rows import SubjectRows
from fraud_service.subjects.stores import Stores

log = structlog.get_logger()

TOPIC = "erasure-requests"
TIME_TRAVEL = timedelta(hours=48)
"""How long BigQuery keeps deleted rows within reach; `sql` sets it, and reports another value as drift."""

FAIL_SAFE = timedelta(days=7)
"""How long BigQuery itself can bring rows back after that (Google's documentation of fail-safe storage)."""

MESSAGE_LIFE = timedelta(days=7)
"""How long an unacknowledged Pub/Sub message, such as a dead letter, is kept."""

WORK_LIMIT_S = 50.0
_MAKING = Lock()
_REQUEST_ID = re.compile(r"[0-9a-f]{32}")


class ErasureSettings(Settings):
    """What an erasure goes by."""

    raw_retention_hours: PositiveInt = 25
    erasure_lease_seconds: PositiveFloat = 60.0
    kept_block_days: NonNegativeInt = 180


def check_ready() -> None:
    """Make a first call to every store; raises what that raises."""
    cache_client().ping()
    erasures().find("ready")
    warehouse().run("select 1")


@cache
def settings() -> ErasureSettings:
    """Return what an erasure goes by."""
    return ErasureSettings()


def erasures() -> Erasures:
    """Return the record of requests."""
    return Erasures(documents())


def loop() -> ErasureLoop:
    """Return this process's worker; the first requests come at once, and must not make two."""
    with _MAKING:
        return _loop()


@cache
def _loop() -> ErasureLoop:
    life = timedelta(seconds=settings().erasure_lease_seconds)
    topic = RawTopic(RawTopicSettings())
    worker = ErasureWorker(erasures(), stores(topic.settings.payment_topic), topic, retention(), now)
    return ErasureLoop(worker, Lease(documents(), "erasure", life), now)


def stores(topic: str) -> Stores:
    """Return every store that holds something of a subject."""
    rows, block_life = SubjectRows(warehouse(), topic), timedelta(days=settings().kept_block_days)
    cards = SubjectCards(Cards(documents(), cache_client()), block_life)
    cache = SubjectCache(cache_client(), rows)
    return Stores(cache, SubjectDocuments(documents()), cards, rows, ErasedCards(documents()))


def retention() -> Retention:
    """Return how long copies outlive an erasure."""
    return Retention(timedelta(hours=settings().raw_retention_hours), TIME_TRAVEL, FAIL_SAFE, MESSAGE_LIFE)


def ask(request: Request) -> Response:
    """Accept an erasure: recorded before the answer, done by the worker."""
    who = asker(request)
    limit_rate("erasure", who)
    erasure = erasures().accept(subject_of(request), who, now())
    _announce(erasure)
    response = answer(view(erasure), HTTPStatus.ACCEPTED)
    response.headers["Location"] = f"/erasure/{erasure.request_id}"
    return response


def show(_request: Request, request_id: str) -> Response:
    """Answer where an erasure stands, with its receipt once it is completed."""
    erasure = erasures().find(request_id) if _REQUEST_ID.fullmatch(request_id) else None
    if erasure is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such request")
    receipt = erasures().receipt(erasure.receipt) if erasure.receipt is not None else None
    return answer(view(erasure, receipt))


def work(_request: Request) -> Response:
    """Let the worker do what there is to do, for a push of Pub/Sub or the clock, whatever the body says.

    It works while this request lasts: between requests Cloud Run gives a process no processor.
    """
    loop().run_until_idle(WORK_LIMIT_S)
    return Response(status=HTTPStatus.NO_CONTENT)


def view(erasure: Erasure, receipt: Receipt | None = None) -> ErasureView:
    """Return what the one who asks is told."""
    told = {name: getattr(erasure, name) for name in ("request_id", "accepted_at", "started_at", "completed_at")}
    return ErasureView(state=erasure.state, receipt=receipt, **told)


def _announce(erasure: Erasure) -> None:
    """Wake the worker, wherever it runs; it looks by itself too, so nothing depends on this message."""
    begin_publishing(TOPIC, msgspec.json.encode({"request_id": erasure.request_id}))


ROUTES: Mapping[str, Endpoint] = {
    "POST /erasure": ask,
    "GET /erasure/<request_id>": show,
    "POST /": work,
}
