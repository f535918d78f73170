"""Who asks about whom: the subject that a body names, and how often one caller may ask."""

from http import HTTPStatus

from flask import Request
from pydantic import PositiveInt

from fraud.subjects.subject import IdentifierError, Identifiers, Subject, named_subject
from fraud_service.clock import now
from fraud_service.http.body import read_json
from fraud_service.http.caller import caller_if_named
from fraud_service.http.problem import ProblemError
from fraud_service.http.rate_limit import RateLimit
from fraud_service.keys import key_ring
from fraud_service.settings import Settings, Text
from fraud_service.stores.cache import cache_client


class AskingSettings(Settings):
    """How often one caller may ask, for an erasure and for a report each; whom else alerts are told, in words."""

    erasure_requests_per_minute: PositiveInt = 1200
    report_recipients: tuple[Text, ...] = ()


NOBODY = "unnamed, on loopback"


def subject_of(request: Request) -> Subject:
    """Return the subject that a request's body names. Raises ProblemError 4xx that names the field."""
    try:
        return named_subject(read_json(request, Identifiers), key_ring())
    except IdentifierError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, str(error), error.field) from None


def limit_rate(purpose: str, who: str, settings: AskingSettings) -> None:
    """Count a caller's request. Raises ProblemError 429 beyond the limit."""
    RateLimit(cache_client(), purpose, settings.erasure_requests_per_minute).check(who, now())


def asker(request: Request) -> str:
    """Return who asks; on loopback a name is welcome, not asked for."""
    return caller_if_named(request) or NOBODY
