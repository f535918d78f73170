"""gdpr_erasure as other programs ask it, by HTTP; identifiers stand in bodies only, and in no message of an error."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeVar

import msgspec
import urllib3
from google.auth.compute_engine import IDTokenCredentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.urllib3 import Request
from urllib3.exceptions import HTTPError

from fraud.erasure.view import ErasureView
from fraud.errors import RetryableError
from fraud.subjects.report import SubjectReport
from fraud_service.http.caller import LOCAL_HEADER, is_on_cloud_run
from fraud_service.http.problem import ProblemError

CONNECT_S = 3.0
ANSWER_S = 60.0
"""A report looks through every store."""

Answer = TypeVar("Answer")


class _Key(msgspec.Struct):
    subject_key: str


class _Problem(msgspec.Struct):
    detail: str = "the request was refused"
    field: str | None = None


class ErasureApi:
    """The function at a base URL, called by this program, on Cloud Run with its identity token.

    Every method raises ProblemError as the function answers it, RetryableError while the function is out of reach.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=CONNECT_S, read=ANSWER_S), retries=False)
        self._credentials: IDTokenCredentials | None = None

    def erase(self, identifiers: Mapping[str, str], person: str) -> ErasureView:
        """Ask for the erasure of the subject that identifiers name."""
        return self._call("POST", "/erasure", ErasureView, person, identifiers)

    def erasure(self, request_id: str, person: str) -> ErasureView:
        """Return where an erasure stands."""
        return self._call("GET", f"/erasure/{request_id}", ErasureView, person)

    def subject_key(self, identifiers: Mapping[str, str], person: str) -> str:
        """Return the one name of the subject that identifiers name, which tells nothing of it."""
        return self._call("POST", "/subject-key", _Key, person, identifiers).subject_key

    def report(self, identifiers: Mapping[str, str], person: str) -> SubjectReport:
        """Return everything held on the subject that identifiers name."""
        return self._call("POST", "/subject-report", SubjectReport, person, identifiers)

    def _call(
        self, method: str, path: str, kind: type[Answer], person: str, identifiers: Mapping[str, str] | None = None
    ) -> Answer:
        headers = {"Content-Type": "application/json", "Accept": "application/json", **self._caller(person)}
        body = None if identifiers is None else msgspec.json.encode(identifiers)
        try:
            reply = self._pool.request(method, self._url + path, body=body, headers=headers, redirect=False)
        except HTTPError as error:
            raise RetryableError(f"the erasure service does not answer: {type(error).__name__}") from None
        return _read(reply.status, reply.data, kind)

    def _caller(self, person: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token()}"} if is_on_cloud_run() else {LOCAL_HEADER: person}

    def _token(self) -> str:
        """Return this program's identity token for the function; it is renewed before it ends."""
        request = Request(self._pool)
        try:
            if self._credentials is None:
                self._credentials = IDTokenCredentials(request, self._url, use_metadata_identity_endpoint=True)
            if not self._credentials.valid:
                self._credentials.refresh(request)
        except GoogleAuthError as error:
            raise RetryableError(f"there is no identity token: {type(error).__name__}") from error
        return str(self._credentials.token)


def _read(status: int, content: bytes, kind: type[Answer]) -> Answer:
    try:
        if status < HTTPStatus.BAD_REQUEST:
            return msgspec.json.decode(content, type=kind)
        problem = msgspec.json.decode(content, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = None
    if problem and status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _OURS:
        raise ProblemError(HTTPStatus(status), problem.detail, problem.field)
    raise RetryableError(f"the erasure service answers {status}" + (f": {problem.detail}" if problem else ""))


_OURS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
"""Refusals of this program, not of the person who asks."""
