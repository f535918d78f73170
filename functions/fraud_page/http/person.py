"""Who looks at the page: on Cloud Run whom IAM has let in, on loopback the name they have given."""

import re
from collections.abc import Collection
from http import HTTPStatus

from starlette.requests import Request

from fraud_service.http.caller import MAX_NAME, is_on_cloud_run, name_of_caller
from fraud_service.http.problem import ProblemError

COOKIE = "person"
_NAME = re.compile(rf"[\w.@+ -]{{1,{MAX_NAME}}}", re.ASCII)


def person(request: Request) -> str:
    """Return the name under which acts are recorded. Raises ProblemError 401 while there is none."""
    name = request.cookies.get(COOKIE, "")
    if not name and not is_on_cloud_run():
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "say who you are, at the top of the page")
    return name_of_caller(request.headers.get("Authorization", ""), name)


def privacy_officer(request: Request, officers: Collection[str] | None) -> str:
    """Return the person's name if they may act on a subject's data. Raises ProblemError 401 and 403 (PCI DSS 7.2)."""
    name = person(request)
    is_free = officers is None and not is_on_cloud_run()
    if not is_free and name not in (officers or ()):
        raise ProblemError(HTTPStatus.FORBIDDEN, "this is for the privacy officers whom PRIVACY_OFFICERS names")
    return name


def person_or_none(request: Request) -> str | None:
    """Return the name, or None."""
    try:
        return person(request)
    except ProblemError:
        return None


def given_name(text: str) -> str:
    """Return the name that a person gives. Raises ProblemError 400."""
    name = text.strip()
    if is_on_cloud_run() or not _NAME.fullmatch(name):
        raise ProblemError(HTTPStatus.BAD_REQUEST, "a field has a value that is not allowed", "name")
    return name
