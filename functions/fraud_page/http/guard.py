"""What stands before each route of the page: may this person be here?"""

import re
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from fraud.rights import RIGHTS
from fraud_page.http.person import person_of
from fraud_service.http.admission import Admission
from fraud_service.http.asgi import header_reader


class Guard:
    """Around one route: asks for the person's rights, in a thread since Google's keys may have to be fetched."""

    def __init__(self, app: ASGIApp, admission: Admission, path: str) -> None:
        self._app, self._admission, self._path = app, admission, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Raises ProblemError 401 or 403 for a person who may not."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if scope["method"] in _METHODS:
            check = self._admission.check
            await run_in_threadpool(check, f"{method} {self._path}", header_reader(Request(scope)))
        await self._app(scope, receive, send)


_VARIABLE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_METHODS = frozenset({"GET", "HEAD", "POST"})  # a route itself refuses others


def guarded(routes: Sequence[BaseRoute]) -> list[BaseRoute]:
    """Return the routes with a guard before each. Raises LookupError for one without rights: it must not start."""
    names = [name for route in routes for name in names_of(route)]
    admission = Admission(RIGHTS["fraud_dashboard"], names, person_of)
    for route in routes:
        if isinstance(route, Route | Mount):
            route.app = Guard(route.app, admission, path_of(route))
    return list(routes)


def names_of(route: BaseRoute) -> list[str]:
    """Return a route as the table of rights names it, once a method: `POST /reviews/review/<act>`."""
    methods = route.methods if isinstance(route, Route) and route.methods else {"GET"}
    return [f"{method} {path_of(route)}" for method in sorted(methods - {"HEAD"})]


def path_of(route: BaseRoute) -> str:
    """Return a route's path with its variables as Flask writes them: `<path:account>` for `{account:path}`."""
    path: str = getattr(route, "path", "")
    return _VARIABLE.sub(lambda found: f"<{found[2]}:{found[1]}>" if found[2] else f"<{found[1]}>", path)
