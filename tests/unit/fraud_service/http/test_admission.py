import asyncio
from collections.abc import Mapping

import pytest
from flask import Request, Response
from starlette.requests import Request as AsyncRequest
from starlette.responses import Response as AsyncResponse

from fraud.rights import RIGHTS, Role
from fraud_service.http.admission import Admission
from fraud_service.http.asgi import AsyncRouter
from fraud_service.http.router import Router
from tests.tokens import token
from tests.unit.fraud_service.requests import request

WHO = {
    Role.MEMBER: "jo@bank.example",
    Role.OFFICER: "kim@bank.example",
    Role.SERVICE: "fraud-dashboard@acme.iam.gserviceaccount.com",
    Role.PUBSUB: "pubsub-push@acme.iam.gserviceaccount.com",
    Role.CLOCK: "scheduler@acme.iam.gserviceaccount.com",
}
ASYNC, PAGE = "authorize_payment", "fraud_dashboard"


def done(_request: Request, **_variables: str) -> Response:
    return Response(status=204)


async def done_too(_request: AsyncRequest) -> AsyncResponse:
    return AsyncResponse(status_code=204)


async def ready() -> None:
    """Always."""


def ask(function: str, route: str, headers: Mapping[str, str]) -> int:
    """Send a request to the router of a function whose endpoints do nothing, and return the answer's status."""
    method, path = route.replace("<", "x-").replace(">", "").split(" ")
    if function != ASYNC:
        router = Router(RIGHTS[function], dict.fromkeys(RIGHTS[function], done), lambda: None)
        return router(request(path, method, headers=headers)).status_code
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": raw}
    answer = AsyncRouter(RIGHTS[function], dict.fromkeys(RIGHTS[function], done_too), ready)(AsyncRequest(scope))
    return asyncio.run(answer).status_code


ENDPOINTS = [(function, route) for function in RIGHTS if function != PAGE for route in RIGHTS[function]]


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("function", "route"), ENDPOINTS, ids=map(" ".join, ENDPOINTS))
def test_every_endpoint_is_for_its_roles_and_no_other(function: str, route: str, role: Role) -> None:
    status = ask(function, route, {"Authorization": f"Bearer {token(WHO[role])}"})
    assert status == (204 if role in RIGHTS[function][route] else 403)


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize(("function", "route"), ENDPOINTS, ids=map(" ".join, ENDPOINTS))
def test_no_endpoint_is_for_nobody(function: str, route: str) -> None:
    assert ask(function, route, {"X-Caller": WHO[Role.OFFICER]}) == 401


@pytest.mark.parametrize(("function", "route"), ENDPOINTS, ids=map(" ".join, ENDPOINTS))
def test_on_loopback_every_endpoint_is_for_everybody(function: str, route: str) -> None:
    assert ask(function, route, {}) == 204


@pytest.mark.usefixtures("on_cloud_run")
def test_a_subject_s_data_are_for_officers_and_their_services_only() -> None:
    asked = ("POST /erasure", "GET /erasure/<request_id>", "POST /subject-report")
    assert {RIGHTS["gdpr_erasure"][route] for route in asked} == {frozenset({Role.OFFICER, Role.SERVICE})}
    named = {route for route in RIGHTS[PAGE] if "/subjects" in route}
    assert {RIGHTS[PAGE][route] for route in named} == {frozenset({Role.OFFICER})}


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_needs_no_name(path: str) -> None:
    assert Router(RIGHTS["rule_desk"], {}, lambda: None)(request(path, "GET")).status_code == 200


def test_an_endpoint_without_rights_does_not_start() -> None:
    with pytest.raises(LookupError, match="nobody may call GET /secrets"):
        Admission(RIGHTS["rule_desk"], ["GET /rules", "GET /secrets"])
