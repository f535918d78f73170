"""What every act of the page begins with: the form that was sent, and the name under which it is recorded."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from fraud_page.http.form import read_form
from fraud_page.http.person import person
from fraud_page.http.view import render
from fraud_service.http.caller import is_on_cloud_run
from fraud_service.http.problem import ProblemError

NAME, THEN = "you", "then"
"""Fields of the form that asks for a name: the name, and the address that its other fields go on to."""


class NamelessError(Exception):
    """Nobody has said who they are; `fields` is what they have sent."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("say who you are")
        self.fields = fields


async def read_act(request: Request) -> tuple[dict[str, str], str]:
    """Return the form's fields and who sent them.

    Raises NamelessError where a name is to be given, and what `read_form` and `person` raise.
    """
    sent = await read_form(request)
    fields = {name: value for name, value in sent.items() if name not in {NAME, THEN}}
    try:
        return fields, person(request)
    except ProblemError as problem:
        if is_on_cloud_run() or problem.status is not HTTPStatus.UNAUTHORIZED:
            raise
    raise NamelessError(fields)


async def ask_for_name(request: Request, error: Exception) -> Response:
    """Answer a form that asks for the name and holds everything that was sent, to be done then."""
    assert isinstance(error, NamelessError)  # noqa: S101  Starlette looks handlers up by type
    values = {"fields": error.fields, "then": request.url.path, "names_itself": False}
    return render(request, "who.html", HTTPStatus.UNAUTHORIZED, values)
