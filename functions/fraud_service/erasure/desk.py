"""gdpr_erasure by HTTP: ask for an erasure, look at one, be woken by Pub/Sub.

Identifiers come in bodies only, never in an address, and are never logged; a card number is turned into its tokens
before anything is stored.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from threading import Lock

import msgspec
from flask import Request, Response
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from fraud.erasure.receipt import Receipt, Retention
from fraud.erasure.request import Erasure
from fraud.erasure.view import ErasureView
from fraud.errors import AbsentError
from fraud_service.clock import Clock
from fraud_service.erasure.loop import ErasureLoop
from fraud_service.erasure.record import Erasures
from fraud_service.erasure.worker import ErasureWorker
from fraud_service.http.answer import answer
from fraud_service.http.router import Endpoint
from fraud_service.pubsub.topic import begin_publishing
from fraud_service.settings import Settings, Text, project
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents
from fraud_service.stores.files import files_at
from fraud_service.stores.last_progress import LastProgress
from fraud_service.stores.lease import Lease
from fraud_service.stores.raw_topic import RawTopic, RawTopicSettings
from fraud_service.stores.warehouse import GREETING_LIMIT_S, warehouse
from fraud_service.subjects.asking import AskingSettings, asker, limit_rate, subject_of
from fraud_service.subjects.cards import BLOCK_LIFE
from fraud_service.subjects.stores import Stores

TOPIC = "erasure-requests"
TIME_TRAVEL = timedelta(hours=48)
"""How long BigQuery keeps deleted rows within reach; `sql` sets it, and reports another value as drift."""

FAIL_SAFE = timedelta(days=7)
"""How long BigQuery itself can bring rows back after that (Google's documentation of fail-safe storage)."""

MESSAGE_LIFE = timedelta(days=7)
"""How long an unacknowledged Pub/Sub message, such as a dead letter, is kept."""

WORK_LIMIT_S = 50.0
_REQUEST_ID = re.compile(r"[0-9a-f]{32}")


class ErasureSettings(Settings):
    """What an erasure goes by."""

    raw_retention_hours: PositiveInt = 25
    erasure_lease_seconds: PositiveFloat = 60.0
    kept_block_days: NonNegativeInt = BLOCK_LIFE.days
    checkpoint_location: Text | None = None


class ErasureDesk:
    """The endpoints of erasures, and this process's worker, made once a request wants it."""

    routes: Mapping[str, Endpoint]

    def __init__(self, settings: ErasureSettings, asking: AskingSettings, now: Clock) -> None:
        """Take what an erasure goes by, and how often one may ask for one."""
        self._settings = settings
        self._asking = asking
        self._now = now
        self._making = Lock()
        self._loop: ErasureLoop | None = None
        self.routes = {"POST /erasure": self._ask, "GET /erasure/<request_id>": self._show, "POST /": self._work}

    def check_ready(self) -> None:
        """Make a first call to every store; raises what that raises."""
        cache_client().ping()
        self._erasures.find("ready")
        warehouse().greet(GREETING_LIMIT_S)

    @property
    def loop(self) -> ErasureLoop:
        """The worker of this process; the first requests come at once, and must not make two."""
        with self._making:
            self._loop = self._loop or self._made()
            return self._loop

    def stores(self) -> Stores:
        """Return every store that holds something of a subject."""
        return Stores.connected(RawTopicSettings().payment_topic, timedelta(days=self._settings.kept_block_days))

    @property
    def _erasures(self) -> Erasures:
        return Erasures(documents())

    def _made(self) -> ErasureLoop:
        raw_topic = timedelta(hours=self._settings.raw_retention_hours)
        retention = Retention(raw_topic, TIME_TRAVEL, FAIL_SAFE, MESSAGE_LIFE)
        location = self._settings.checkpoint_location
        progress = LastProgress(files_at(location, project())) if location else None
        topic = RawTopic(RawTopicSettings())
        worker = ErasureWorker(self._erasures, self.stores(), topic, retention, self._now, progress)
        life = timedelta(seconds=self._settings.erasure_lease_seconds)
        return ErasureLoop(worker, Lease(documents(), "erasure", life), self._now)

    def _ask(self, request: Request) -> Response:
        """Accept an erasure: recorded before the answer, done by the worker."""
        who = asker(request)
        limit_rate("erasure", who, self._asking)
        erasure = self._erasures.accept(subject_of(request), who, self._now())
        # Wakes the worker, wherever it runs; it looks by itself too, so nothing depends on this message.
        begin_publishing(TOPIC, msgspec.json.encode({"request_id": erasure.request_id}))
        response = answer(view(erasure), HTTPStatus.ACCEPTED)
        response.headers["Location"] = f"/erasure/{erasure.request_id}"
        return response

    def _show(self, _request: Request, request_id: str) -> Response:
        """Answer where an erasure stands, with its receipt once it is completed."""
        erasure = self._erasures.find(request_id) if _REQUEST_ID.fullmatch(request_id) else None
        if erasure is None:
            raise AbsentError("there is no such request")
        receipt = self._erasures.receipt(erasure.receipt) if erasure.receipt is not None else None
        return answer(view(erasure, receipt))

    def _work(self, _request: Request) -> Response:
        """Let the worker do what there is to do, for a push of Pub/Sub or the clock, whatever the body says.

        It works while this request lasts: between requests Cloud Run gives a process no processor.
        """
        self.loop.run_until_idle(WORK_LIMIT_S)
        return Response(status=HTTPStatus.NO_CONTENT)


def view(erasure: Erasure, receipt: Receipt | None = None) -> ErasureView:
    """Return what the one who asks learns."""
    shown = {name: getattr(erasure, name) for name in ("request_id", "accepted_at", "started_at", "completed_at")}
    return ErasureView(state=erasure.state, receipt=receipt, **shown)
