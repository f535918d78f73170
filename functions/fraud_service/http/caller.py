"""Who calls: on Cloud Run whom the platform has checked, verified once more; on loopback the name a header gives.

Where a request carries both headers, Cloud Run checks `X-Serverless-Authorization` and hands `Authorization` on as it
came (docs/decisions/0022). So the former is read first, and two that name two callers are refused.
"""

import os
from collections.abc import Callable
from functools import cache
from http import HTTPStatus

import structlog
from flask import Request
from pydantic import HttpUrl, model_validator

from fraud.rights import Role
from fraud_service.clock import now
from fraud_service.http.certificates import Certificates
from fraud_service.http.problem import ProblemError
from fraud_service.http.token import TokenError, bearer, unverified_email, verified
from fraud_service.settings import HttpsUrl, Settings, Text

LOCAL_HEADER = "X-Caller"
CHECKED_FIRST, CHECKED_ELSE = "X-Serverless-Authorization", "Authorization"
ISSUERS = ("https://accounts.google.com", "accounts.google.com")
MAX_NAME = 254

Header = Callable[[str], str]
"""Returns a header's value by its name, all values joined by commas, or nothing."""

log = structlog.get_logger()


def is_on_cloud_run() -> bool:
    """Tell whether Cloud Run runs this process, and IAM has checked each caller."""
    return "K_SERVICE" in os.environ


class CallerSettings(Settings):
    """Whom tokens must be meant for, and which callers are more than members; addresses of e-mail.

    `token_audiences` are this function's own addresses, and Google's client for people who call by gcloud.
    """

    token_audiences: tuple[Text, ...] = ()
    privacy_officers: tuple[Text, ...] | None = None
    privacy_services: tuple[Text, ...] = ()
    push_accounts: tuple[Text, ...] = ()
    clock_accounts: tuple[Text, ...] = ()
    token_keys_url: HttpsUrl = HttpUrl("https://www.googleapis.com/oauth2/v1/certs")

    @model_validator(mode="after")
    def _knows_its_name(self) -> "CallerSettings":
        if is_on_cloud_run() and not self.token_audiences:
            raise ValueError("TOKEN_AUDIENCES must name this function's addresses on Cloud Run")
        return self

    def role(self, name: str) -> Role:
        """Return what a caller is."""
        named = {
            Role.PUBSUB: self.push_accounts,
            Role.CLOCK: self.clock_accounts,
            Role.SERVICE: self.privacy_services,
            Role.OFFICER: self.privacy_officers or (),
        }
        found = (role for role, names in named.items() if name.lower() in map(str.lower, names))
        return next(found, Role.MEMBER)


@cache
def caller_settings() -> CallerSettings:
    """Return the settings. Raises pydantic's ValidationError, which names the variable."""
    return CallerSettings()


@cache
def google_keys() -> Certificates:
    """Return the keys of Google's identity tokens."""
    return Certificates(str(caller_settings().token_keys_url))


def caller(request: Request) -> str:
    """Return the caller's e-mail address, or locally the name in `X-Caller`.

    Raises ProblemError 401 without one, and RetryableError while no token can be verified.
    """
    return name_of_caller(lambda name: request.headers.get(name, ""))


def caller_if_named(request: Request) -> str | None:
    """Return the caller, None where nobody is named: locally alone. Raises what `caller` raises."""
    return caller(request) if is_on_cloud_run() or request.headers.get(LOCAL_HEADER) else None


def name_of_caller(header: Header) -> str:
    """Return who calls, given the request's headers. Raises what `caller` raises."""
    if is_on_cloud_run():
        return checked_name(header)
    name = header(LOCAL_HEADER).strip()
    if not name or len(name) > MAX_NAME:
        raise unknown(f"say who calls, by the header {LOCAL_HEADER}")
    return name


def checked_name(header: Header) -> str:
    """Return whom the token that Cloud Run has checked names. Raises what `caller` raises."""
    first, other = header(CHECKED_FIRST), header(CHECKED_ELSE)
    try:
        audiences = caller_settings().token_audiences
        token = bearer(first or other)
        claims = verified(token, google_keys(), ISSUERS, audiences, now(), may_be_stripped=True)
    except TokenError as error:
        log.warning("caller_refused", reason=str(error))
        problem = unknown("say who calls, by an identity token with an e-mail address")
    else:
        if first and other and unverified_email(bearer(other)) != claims.email:
            log.warning("caller_refused", reason="two headers name two callers")
            raise unknown("the request carries tokens of two callers")
        if claims.email_verified and 0 < len(claims.email) <= MAX_NAME:
            return claims.email
        problem = unknown("the token's e-mail address is not verified")
    raise problem


def unknown(detail: str) -> ProblemError:
    """Return the refusal of a caller who is not known."""
    return ProblemError(HTTPStatus.UNAUTHORIZED, detail, None, {"WWW-Authenticate": "Bearer"})
