"""HTML from templates; everything in them is escaped."""

from pathlib import Path

import jinja2
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

NAVIGATION = (("/fraud-alerts", "Alerts"),)
"""The pages, as the header lists them."""

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES = Jinja2Templates(env=_ENVIRONMENT)


def render(request: Request, template: str, **values: object) -> Response:
    """Return a page."""
    context = {"navigation": NAVIGATION, "path": request.url.path, **values}
    return _TEMPLATES.TemplateResponse(request, template, context)
