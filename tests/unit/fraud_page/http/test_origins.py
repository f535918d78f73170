import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fraud_page.http.origins import Origins
from tests.unit.fraud_page.requests import status as answered

MINE = "https://fraud.bank.example"


async def done(_request: Request) -> Response:
    return Response(status_code=204)


ERASURES = "/subjects/erasures"
ROUTES = [Route(path, done, methods=["GET", "POST"]) for path in (ERASURES, "/healthz")]


def send(allowed: tuple[str, ...], host: str, *origins: str, method: str = "POST", path: str = ERASURES) -> int:
    headers = [("Host", host), *(("Origin", origin) for origin in origins)]
    return answered(Origins(Starlette(routes=ROUTES), allowed), method, path, headers)


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080", 204),
        ("localhost:8080", "http://localhost:8080", 204),
        ("[::1]:8080", "http://[::1]:8080", 204),
        ("evil.example:8080", "http://evil.example:8080", 421),  # rebound
        ("127.0.0.1.evil.example:8080", "http://127.0.0.1.evil.example:8080", 421),
        ("localhost.evil.example", "http://localhost.evil.example", 421),
        ("127.0.0.1:8080", "http://evil.example:8080", 403),  # by a proxy that writes the host anew
        ("127.0.0.1:8080", "http://127.0.0.1:9090", 403),  # another program's page on this machine
        ("127.0.0.1:8080", "https://127.0.0.1:8080", 403),
        ("127.0.0.1:8080", "null", 403),
        ("127.0.0.1:8080", "", 403),
    ],
)
def test_on_loopback_forms_come_from_the_page_at_the_same_address(host: str, origin: str, status: int) -> None:
    assert send((), host, origin) == status


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("fraud.bank.example", MINE, 204),
        ("fraud-dashboard-abc-ew.a.run.app", MINE, 204),
        ("fraud-dashboard-abc-ew.a.run.app", "http://localhost:8080", 204),
        ("fraud-dashboard-abc-ew.a.run.app", "http://evil.example:8080", 403),  # rebound onto the proxy's port
        ("fraud-dashboard-abc-ew.a.run.app", "https://fraud-dashboard-abc-ew.a.run.app", 403),
        ("fraud.bank.example", f"{MINE}:8443", 403),
        ("fraud.bank.example", "http://fraud.bank.example", 403),
        ("fraud.bank.example", "null", 403),
        ("evil.example", MINE, 421),
        ("evil.example", "https://evil.example", 421),
        ("127.0.0.1:8080", "http://127.0.0.1:8080", 421),
    ],
)
def test_on_cloud_run_forms_come_from_the_addresses_that_are_named(host: str, origin: str, status: int) -> None:
    assert send((MINE, "http://localhost:8080"), host, origin) == status


def test_a_form_of_two_origins_is_of_none() -> None:
    assert send((), "127.0.0.1:8080", "http://127.0.0.1:8080", "http://evil.example") == 403


def test_a_form_without_an_origin_is_no_browser_s() -> None:
    assert send((), "127.0.0.1:8080") == 403
    assert send((MINE,), "fraud.bank.example") == 403


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_that_may_change_something_is_asked_for_its_origin(method: str) -> None:
    assert send((), "127.0.0.1:8080", method=method) == 403


def test_a_rebound_name_reads_nothing_either() -> None:
    assert send((), "evil.example", method="GET") == 421
    assert send((), "127.0.0.1:1", method="GET") == 204


def test_a_probe_may_come_by_any_name() -> None:
    assert send((), "10.0.0.7:8080", method="GET", path="/healthz") == 204
