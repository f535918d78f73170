"""HTML from templates; everything in them is escaped."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType

import jinja2
import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from fraud.health.gauges import written
from fraud.payments.money import as_written
from fraud_page.http.form import form_token, keep_form_token
from fraud_page.http.person import person_or_none
from fraud_service.http.caller import is_on_cloud_run

NAVIGATION = (
    ("/fraud-alerts", "Alerts"),
    ("/campaigns", "Campaigns"),
    ("/reviews", "Reviews"),
    ("/detections", "Detections"),
    ("/rules", "Rules"),
    ("/lists", "Lists"),
    ("/models", "Models"),
    ("/accounts", "Accounts"),
    ("/subjects", "Subjects"),
    ("/health-board", "Health"),
)
"""The pages, as the header lists them."""


def money(amount: Decimal, currency: str) -> str:
    """Return an amount with its currency, as people write it."""
    return f"{as_written(amount, currency):,f} {currency}"


def moment(when: datetime) -> str:
    """Return a moment in UTC; the browser shows it in its own time zone."""
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"


def sentence(text: str) -> str:
    """Return a phrase with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")


def readable(value: object) -> str:
    """Return a value of a stored record: text as it is, what is nested as JSON, nothing for null."""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def section_of(path: str) -> str:
    """Return the page that an address belongs to; the first for one that belongs to none."""
    place = path.replace("/new-rule", "/rules").replace("/new-detection", "/detections")
    return next((address for address, _ in NAVIGATION if place.startswith(address)), "/")


NOTHING: Mapping[str, object] = MappingProxyType({})

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(
    {"money": money, "moment": moment, "written": written, "sentence": sentence, "readable": readable}
)
_TEMPLATES = Jinja2Templates(env=_ENVIRONMENT)


def render(
    request: Request, template: str, status: HTTPStatus = HTTPStatus.OK, values: Mapping[str, object] = NOTHING
) -> Response:
    """Return a page."""
    token = form_token(request)
    section, path = section_of(request.url.path), request.url.path
    looked_at = f"{path}?{request.url.query}" if request.url.query else path
    context = {
        "navigation": NAVIGATION,
        "path": path,
        "section": section,
        "address": looked_at if request.method == "GET" else section,
        "csrf": token,
        "person": person_or_none(request),
        "names_itself": not is_on_cloud_run(),
        **values,
    }
    response = _TEMPLATES.TemplateResponse(request, template, context, status.value)
    keep_form_token(response, token)
    return response
