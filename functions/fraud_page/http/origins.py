"""Which addresses the page answers at, and from which forms may be sent to it.

A name that a stranger's DNS points at this machine, or at a proxy on it, is a page of the stranger's to the browser:
cookies and Sec-Fetch-Site say "same origin" then. The names alone tell them apart.
"""

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from fraud_service.http.asgi import problem_answer
from fraud_service.http.caller import is_on_cloud_run
from fraud_service.http.problem import ProblemError

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
PLATFORM = (".run.app", ".cloudfunctions.net")
"""Hosts that only Google's front end can have routed here, the check of each caller included."""

PROBES = frozenset({"/healthz", "/readyz"})
_READING = frozenset({"GET", "HEAD"})


class Origins:
    """Around the page: `allowed` are origins such as `https://fraud.example.com`; none, and loopback's own serve."""

    def __init__(self, app: ASGIApp, allowed: tuple[str, ...]) -> None:
        self._app, self._allowed = app, frozenset(allowed)
        self._hosts = frozenset(urlsplit(origin).netloc for origin in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        problem = self._problem(scope) if scope["type"] == "http" and scope["path"] not in PROBES else None
        await (problem_answer(problem) if problem else self._app)(scope, receive, send)

    def _problem(self, scope: Scope) -> ProblemError | None:
        headers = Headers(scope=scope)
        host, origins = headers.get("host", "").lower(), headers.getlist("origin")
        if not self._is_own(host):
            return ProblemError(HTTPStatus.MISDIRECTED_REQUEST, "this page does not answer at this address")
        is_named = len(origins) == 1 and self._may_send(origins[0].lower(), host)
        if scope["method"] in _READING or is_named:
            return None
        return ProblemError(HTTPStatus.FORBIDDEN, "this was not sent from an address of this page")

    def _is_own(self, host: str) -> bool:
        if host in self._hosts:
            return True
        if is_on_cloud_run():
            return host.endswith(PLATFORM)
        return not self._allowed and urlsplit(f"//{host}").hostname in LOCAL

    def _may_send(self, origin: str, host: str) -> bool:
        return origin in self._allowed if self._allowed else origin == f"http://{host}"
