"""Forms that a person has sent from the page itself."""

from hmac import compare_digest
from http import HTTPStatus
from secrets import token_urlsafe
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from fraud_service.http.problem import ProblemError

COOKIE = "csrf"
FIELD = "csrf"
MAX_FIELDS = 50
_TYPE = "application/x-www-form-urlencoded"


def form_token(request: Request) -> str:
    """Return the secret of this browser that its forms must repeat: its cookie's, or a new one."""
    return request.cookies.get(COOKIE) or token_urlsafe(32)


def keep_form_token(response: Response, token: str) -> None:
    """Let the browser keep the secret, out of reach of scripts and other sites."""
    response.set_cookie(COOKIE, token, path="/", httponly=True, samesite="strict")


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form.

    Raises ProblemError: 403 unless the page itself sent it, 415 or 400 for what is no form.
    """
    if request.headers.get("Content-Type", "").split(";")[0] != _TYPE:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be {_TYPE}")
    fields = _fields(await request.body())
    if not _is_from_the_page(request, fields.pop(FIELD, "")):
        raise ProblemError(HTTPStatus.FORBIDDEN, "the form did not come from this page: load it again and repeat")
    return fields


def _fields(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "the body is no form") from None


def _is_from_the_page(request: Request, token: str) -> bool:
    held = request.cookies.get(COOKIE, "")
    same_site = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    return bool(held) and same_site and compare_digest(held.encode(), token.encode())
