from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from fraud.rights import PROBES, RIGHTS, Role
from fraud_page import application
from fraud_page.alerts.feed import Feed
from fraud_page.health.watch import Watch
from fraud_page.http.guard import guarded, names_of
from fraud_service.http import caller
from tests.tokens import assertion
from tests.unit.fraud_page.requests import status

PAGE = RIGHTS["fraud_dashboard"]
WHO = {
    Role.MEMBER: "jo@bank.example",
    Role.OFFICER: "kim@bank.example",
    Role.SERVICE: "fraud-dashboard@acme.iam.gserviceaccount.com",
    Role.PUBSUB: "pubsub-push@acme.iam.gserviceaccount.com",
    Role.CLOCK: "scheduler@acme.iam.gserviceaccount.com",
}


def by(role: Role) -> list[tuple[str, str]]:
    """Return what Identity-Aware Proxy puts beside a request of somebody with a role."""
    return [("X-Goog-IAP-JWT-Assertion", assertion(WHO[role]))]


async def done(_request: Request) -> Response:
    return Response(status_code=204)


def own_routes() -> list[BaseRoute]:
    """Return the page's routes; of its endpoints nothing is done here."""
    feed = object.__new__(Feed)
    return application.routes(feed, object.__new__(Watch), done)


@pytest.fixture(scope="module")
def page() -> ASGIApp:
    """The page's own routes and guards, with endpoints that do nothing."""
    routes: list[BaseRoute] = []
    for route in own_routes():
        if isinstance(route, Mount):
            routes.append(Mount(route.path, app=Response(status_code=204)))
        elif isinstance(route, Route):
            routes.append(Route(route.path, done, methods=sorted(route.methods or ())))
    return Starlette(routes=guarded(routes), exception_handlers=application.HANDLERS)


def test_the_table_names_the_page_s_routes_and_no_other() -> None:
    assert sorted(name for route in own_routes() for name in names_of(route)) == sorted({**PAGE, **PROBES})


@pytest.mark.usefixtures("behind_iap")
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", PAGE)
def test_every_route_is_for_its_roles_and_no_other(page: ASGIApp, route: str, role: Role) -> None:
    method, path = route.replace("<", "x-").replace(">", "").split(" ")
    path = f"{path}/page.css" if path == "/static" else path
    assert status(page, method, path, by(role)) == (204 if role in PAGE[route] else 403)
    assert status(page, method, path, [("Cookie", f"person={WHO[Role.OFFICER]}")]) == 401


@pytest.mark.usefixtures("behind_iap")
def test_asking_for_the_head_of_a_page_takes_the_same_rights(page: ASGIApp) -> None:
    assert status(page, "HEAD", "/subjects", by(Role.MEMBER)) == 403
    assert status(page, "HEAD", "/reviews", by(Role.MEMBER)) == 204
    assert status(page, "PUT", "/subjects", by(Role.MEMBER)) == 405


@pytest.mark.usefixtures("behind_iap")
def test_a_probe_needs_no_name(page: ASGIApp) -> None:
    assert [status(page, "GET", path) for path in ("/healthz", "/readyz")] == [204, 204]


@pytest.fixture
def officers_named(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PRIVACY_OFFICERS", '["kim"]')
    caller.caller_settings.cache_clear()
    yield
    caller.caller_settings.cache_clear()


@pytest.mark.usefixtures("officers_named")
@pytest.mark.parametrize(("name", "expected"), [("kim", 204), ("jo", 403)])
def test_on_one_machine_a_subject_s_data_are_for_the_officers_if_any_are_named(
    page: ASGIApp, name: str, expected: int
) -> None:
    cookie = [("Cookie", f"person={name}")]
    assert status(page, "GET", "/subjects", cookie) == expected
    assert status(page, "POST", "/subjects/erasures", cookie) == expected
    assert status(page, "GET", "/reviews") == 204
    assert status(page, "GET", "/subjects") == 401


def test_on_one_machine_they_are_for_anybody_else(page: ASGIApp) -> None:
    assert status(page, "GET", "/subjects") == 204


def test_a_route_without_rights_does_not_start() -> None:
    with pytest.raises(LookupError, match="nobody may call GET /secrets"):
        guarded([Route("/secrets", done)])
