"""Paths and methods of an HTTP function: functions-framework hands every request to one function."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Request, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from fraud.errors import RetryableError
from fraud.rights import Roles
from fraud_service.http.admission import Admission
from fraud_service.http.answer import answer
from fraud_service.http.problem import ProblemError, problem_of, problem_response

Endpoint = Callable[..., Response]
"""Takes the request and, by keyword, the variables of its path."""


class Router:
    """Calls the endpoint of `METHOD /path/<variable>` for those who may, by route; errors become a problem JSON.

    `GET /healthz` answers while the process lives; `GET /readyz` runs `ready` and answers 503 where that raises.
    """

    def __init__(
        self, rights: Mapping[str, Roles], endpoints: Mapping[str, Endpoint], ready: Callable[[], None]
    ) -> None:
        self._endpoints = {"GET /healthz": _healthy, "GET /readyz": _readiness(ready), **endpoints}
        self._admission = Admission(rights, self._endpoints)
        self._map = Map([_rule(route) for route in self._endpoints], strict_slashes=False)

    def __call__(self, request: Request) -> Response:
        """Answer a request."""
        try:
            route, variables = self._match(request)
            self._admission.check(route, lambda name: request.headers.get(name, ""))
            return self._endpoints[route](request, **variables)
        except HTTPException as error:
            return problem_response(ProblemError(HTTPStatus(error.code or 400), "the request cannot be read"))
        except Exception as error:  # noqa: BLE001  whatever it is, it is answered
            return problem_response(problem_of(error))

    def _match(self, request: Request) -> tuple[str, Mapping[str, str]]:
        adapter = self._map.bind("", path_info=request.path, default_method=request.method)
        try:
            return adapter.match(method=request.method)
        except NotFound:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is nothing at this path") from None
        except MethodNotAllowed as error:
            allowed = ", ".join(sorted(error.valid_methods or ()))
            raise ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, f"use {allowed}", None, {"Allow": allowed}) from None


def _rule(route: str) -> Rule:
    method, path = route.split(" ")
    return Rule(path, methods=[method], endpoint=route)


def _healthy(_request: Request) -> Response:
    return answer({"status": "ok"})


def _readiness(ready: Callable[[], None]) -> Endpoint:
    def endpoint(_request: Request) -> Response:
        try:
            ready()
        except Exception as error:
            raise RetryableError(f"not ready: {type(error).__name__}") from error
        return answer({"status": "ready"})

    return endpoint
