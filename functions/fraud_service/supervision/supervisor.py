"""What stream_supervisor does each time it is called: look, decide, act; under a lease, and again a minute later."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import Annotated

import structlog
from flask import Request, Response
from google.cloud import dataproc_v1
from google.protobuf.json_format import ParseError
from pydantic import Field, PositiveInt, StringConstraints, field_validator

from fraud.supervision import Action, AskToStop, Batch, Cancel, Hold, Policy, Submit, decide
from fraud_service.clock import Clock
from fraud_service.http.answer import answer
from fraud_service.http.router import Endpoint
from fraud_service.settings import Settings, Text, project
from fraud_service.stores.documents import documents
from fraud_service.stores.files import Files, files_at
from fraud_service.stores.last_progress import LastProgress
from fraud_service.stores.lease import Lease
from fraud_service.supervision.batches import Batches, connect
from fraud_service.supervision.markers import StopMarkers

log = structlog.get_logger()

LEASE = "stream-supervisor"
_LEASE_LIFE = timedelta(seconds=120)  # longer than a call may take, so that no second one acts beside it
_MOST_TTL_S = 14 * 24 * 3600


class SupervisorSettings(Settings):
    """What is to be kept alive, and when to act."""

    dataproc_region: Text
    dataproc_emulator_host: str | None = None
    stream_batch: Text
    checkpoint_location: Annotated[Text, StringConstraints(pattern=r"^(/|gs://.|file:///)")]
    hand_over_minutes: Annotated[float, Field(gt=0)] = 30
    failures_before_hold: PositiveInt = 5
    failure_window_minutes: Annotated[float, Field(gt=0)] = 60
    first_delay_seconds: Annotated[float, Field(gt=0)] = 30
    stop_patience_minutes: Annotated[float, Field(gt=0)] = 10
    stall_patience_minutes: Annotated[float, Field(gt=0)] = 20

    @field_validator("stream_batch")
    @classmethod
    def _is_a_batch_that_ends(cls, text: str) -> str:
        try:
            ttl = _ttl(text)
        except (ParseError, ValueError):
            ttl = None
        if ttl is None or not 0 < ttl.total_seconds() <= _MOST_TTL_S:
            raise ValueError("is no batch of Dataproc as JSON, with a ttl of at most 14 days")
        return text

    def policy(self, code: str) -> Policy:
        """Return when to act, for the deployed code."""
        return Policy(
            code=code,
            ttl=_ttl(self.stream_batch),
            hand_over=timedelta(minutes=self.hand_over_minutes),
            failures_before_hold=self.failures_before_hold,
            failure_window=timedelta(minutes=self.failure_window_minutes),
            first_delay=timedelta(seconds=self.first_delay_seconds),
            stop_patience=timedelta(minutes=self.stop_patience_minutes),
            stall_patience=timedelta(minutes=self.stall_patience_minutes),
        )


class Supervisor:
    """The endpoint of the clock; its clients are made at the first call."""

    routes: Mapping[str, Endpoint]

    def __init__(self, settings: SupervisorSettings, now: Clock) -> None:
        """Take what is to be kept alive."""
        self._settings = settings
        self._now = now
        self.routes = {"POST /": self._supervise}

    def check_ready(self) -> None:
        """List the batches once; raises what that raises."""
        self.batches.all()

    @cached_property
    def batches(self) -> Batches:
        """The batches of this deployment."""
        region = self._settings.dataproc_region
        client = connect(region, self._settings.dataproc_emulator_host)
        return Batches(client, f"projects/{project()}/locations/{region}", self._settings.stream_batch)

    @cached_property
    def _markers(self) -> StopMarkers:
        return StopMarkers(self._files)

    @cached_property
    def _files(self) -> Files:
        return files_at(self._settings.checkpoint_location, project())

    def _supervise(self, _request: Request) -> Response:
        """Bring the stream one step nearer to exactly one live batch of the deployed code, and say what was done."""
        moment = self._now()
        with Lease(documents(), LEASE, _LEASE_LIFE).held(moment) as is_held:
            if not is_held:
                return answer({"actions": [], "reason": "another supervisor is at work"}, HTTPStatus.ACCEPTED)
            batches = self.batches.all()
            live = [batch.batch_id for batch in batches if batch.is_live]
            policy = self._settings.policy(self.batches.code)
            told = LastProgress(self._files).read()
            actions = decide(batches, self._markers.asked(live), told.moved_at if told else None, policy, moment)
            done = [self._act(action, batches, moment) for action in actions]
        return answer({"actions": done, "live": live})

    def _act(self, action: Action, batches: list[Batch], moment: datetime) -> Mapping[str, object]:
        """Do one thing, and return it as it is logged."""
        match action:
            case Submit(number):
                is_restart = _is_restart(batches, self.batches.code)
                return _logged("batch_submitted", batch_id=self.batches.submit(number), restart=is_restart)
            case AskToStop(batch_id, reason):
                self._markers.ask(batch_id, moment)
                return _logged("batch_asked_to_stop", batch_id=batch_id, reason=reason)
            case Cancel(batch_id, reason):
                self.batches.cancel(batch_id)
                return _logged("batch_cancelled", batch_id=batch_id, reason=reason)
            case Hold(failures, until):
                log.error("supervision_held", failures=failures, until=until.isoformat())
                return {"event": "supervision_held", "failures": failures, "until": until.isoformat()}
        return {"event": "waiting", "reason": action.reason}


def _logged(event: str, **fields: object) -> Mapping[str, object]:
    log.warning(event, **fields)
    return {"event": event, **fields}


def _is_restart(batches: list[Batch], code: str) -> bool:
    """Tell whether a batch of the deployed code ended without being asked to."""
    last = max(batches, key=lambda batch: batch.number, default=None)
    return last is not None and last.code == code


def _ttl(text: str) -> timedelta:
    ttl: timedelta = dataproc_v1.Batch.from_json(text).environment_config.execution_config.ttl
    return ttl
