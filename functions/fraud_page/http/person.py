"""Who looks at the page: on Cloud Run whom Identity-Aware Proxy has let in, on loopback the name they have given."""

import re
from functools import cache
from http import HTTPStatus

import structlog
from pydantic import HttpUrl
from starlette.requests import Request, cookie_parser

from fraud.errors import RetryableError
from fraud_service.clock import now
from fraud_service.http.asgi import header_reader
from fraud_service.http.caller import MAX_NAME, Header, checked_name, is_on_cloud_run, unknown
from fraud_service.http.certificates import Certificates
from fraud_service.http.problem import ProblemError
from fraud_service.http.token import TokenError, verified
from fraud_service.settings import HttpsUrl, Settings, Text

COOKIE = "person"
ASSERTION = "X-Goog-IAP-JWT-Assertion"
ISSUER = "https://cloud.google.com/iap"
_NAME = re.compile(rf"[\w.@+ -]{{1,{MAX_NAME}}}", re.ASCII)

log = structlog.get_logger()


class DoorSettings(Settings):
    """The door for people: whom Identity-Aware Proxy's assertions must be meant for.

    Without it people come by `gcloud run services proxy`, with the token that Cloud Run checks.
    """

    iap_audience: Text | None = None
    iap_keys_url: HttpsUrl = HttpUrl("https://www.gstatic.com/iap/verify/public_key")


@cache
def door() -> DoorSettings:
    """Return the settings."""
    return DoorSettings()


@cache
def iap_keys() -> Certificates:
    """Return the keys of Identity-Aware Proxy's assertions."""
    return Certificates(str(door().iap_keys_url))


def person(request: Request) -> str:
    """Return the name under which acts are recorded.

    Raises ProblemError 401 while there is none, and RetryableError while no token can be verified.
    """
    return person_of(header_reader(request))


def person_of(header: Header) -> str:
    """Return who looks, given the request's headers. Raises what `person` raises."""
    if not is_on_cloud_run():
        return _given(header)
    audience = door().iap_audience
    return checked_name(header) if audience is None else _asserted(header, audience)


def _asserted(header: Header, audience: str) -> str:
    """Return whom Identity-Aware Proxy names; what else the request carries is its own or made up."""
    try:
        claims = verified(header(ASSERTION), iap_keys(), (ISSUER,), (audience,), now(), may_be_stripped=False)
    except TokenError as error:
        log.warning("person_refused", reason=str(error))
        problem = unknown("come through Identity-Aware Proxy")
    else:
        if 0 < len(claims.email) <= MAX_NAME:
            return claims.email
        problem = unknown("the assertion names nobody")
    raise problem


def _given(header: Header) -> str:
    name = cookie_parser(header("Cookie")).get(COOKIE, "")
    if not _NAME.fullmatch(name):
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "say who you are, at the top of the page")
    return name


def person_or_none(request: Request) -> str | None:
    """Return the name, or None."""
    try:
        return person(request)
    except (ProblemError, RetryableError):
        return None


def given_name(text: str) -> str:
    """Return the name that a person gives. Raises ProblemError 400."""
    name = text.strip()
    if is_on_cloud_run() or not _NAME.fullmatch(name):
        raise ProblemError(HTTPStatus.BAD_REQUEST, "a field has a value that is not allowed", "name")
    return name
