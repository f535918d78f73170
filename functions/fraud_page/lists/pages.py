"""The lists pages: what is blocked or allowed, found, put on, taken off, uploaded and exported."""

import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fraud.lists import ListEntry, ListError, Listing, ListKind, ListText, read_csv, write_csv
from fraud_page.http.act import read_act
from fraud_page.http.fields import FaultsError, read_struct
from fraud_page.http.view import render
from fraud_service.lists.acts import ListActs

MOST = 200
"""Entries on one page."""

_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
"""What a browser sends of a moment, which is in UTC here."""

Fields = Mapping[str, str]
Act = Callable[[Request, Fields, str], Response]
"""Takes the form and who sent it."""


def show_lists(request: Request) -> Response:
    """Answer the entries in force that the query asks for, and a form that begins with what it says."""
    return _page(request, request.query_params)


def show_entry(request: Request) -> Response:
    """Answer an entry, in force or not, with every change to it."""
    query, acts = request.query_params, ListActs()
    entry, history = acts.show(query.get("kind", ""), query.get("value", ""))
    values = {"entry": entry, "history": history, "in_force": entry.in_force(acts.now()), "listings": list(Listing)}
    ends = f"{entry.expires_at:%Y-%m-%dT%H:%M}" if entry.expires_at else ""
    written = {"listing": entry.listing, "reason": entry.reason, "expires_at": ends}
    return render(request, "list_entry.html", values=values | {"fields": written, "errors": {}, "standing": None})


def export_lists(_request: Request) -> Response:
    """Answer every entry in force as CSV, as an upload takes it."""
    attached = {"Content-Disposition": 'attachment; filename="lists.csv"'}
    return Response(write_csv(ListActs().standing()), media_type="text/csv", headers=attached)


def _put(_request: Request, fields: Fields, name: str) -> Response:
    """Put one entry in the place of whatever stands there."""
    kind, value = fields.get("kind", ""), fields.get("value", "").strip()
    return _back(ListActs().put(kind, value, _text(fields), name))


def _take_off(_request: Request, fields: Fields, name: str) -> Response:
    return _back(ListActs().remove(fields.get("kind", ""), fields.get("value", ""), name))


def _upload(request: Request, fields: Fields, name: str) -> Response:
    """Put the entries of a CSV text, all or, where a line is bad, none."""
    acts = ListActs()
    try:
        entries = read_csv(fields.get("file", ""), name, acts.now())
    except ListError as error:
        raise FaultsError({"file": error.detail}) from None
    changed = acts.put_all(entries)
    return _page(request, {}, said=f"{len(entries):,} entries read, {changed:,} of them put on a list or changed")


def _text(fields: Fields) -> ListText:
    ends = fields.get("expires_at", "")
    return read_struct({**fields, "expires_at": f"{ends}:00Z" if _MINUTE.fullmatch(ends) else ends}, ListText)


def _back(entry: ListEntry) -> Response:
    query = urlencode({"kind": entry.kind, "value": entry.value})
    return RedirectResponse(f"/lists/entry?{query}", HTTPStatus.SEE_OTHER)


def _endpoint(act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        fields, name = await read_act(request)
        return await run_in_threadpool(_done, request, fields, name, act)

    return endpoint


def _done(request: Request, fields: Fields, name: str, act: Act) -> Response:
    """Return what an act answers, or the page with the form as it was sent and what is wrong in it."""
    try:
        return act(request, fields, name)
    except FaultsError as error:
        faults = error.faults
    except ListError as error:
        faults = {error.field or "": error.detail}
    return _page(request, fields, faults, HTTPStatus.UNPROCESSABLE_ENTITY)


def _page(
    request: Request, fields: Fields, errors: Fields | None = None, status: HTTPStatus = HTTPStatus.OK, said: str = ""
) -> Response:
    standing = ListActs().standing()
    found = [one for one in standing if _is_asked_for(one, request.query_params)]
    values = {
        "entries": found[:MOST],
        "found": len(found),
        "of": len(standing),
        "most": MOST,
        "query": request.query_params,
        "said": said,
        "kinds": list(ListKind),
        "listings": list(Listing),
    }
    return render(request, "lists.html", status, values | {"fields": fields, "errors": errors or {}, "standing": None})


def _is_asked_for(entry: ListEntry, query: Fields) -> bool:
    """Tell whether an entry is of the kind and listing asked for, and its value or reason holds the text."""
    text = query.get("value", "").strip().lower()
    return (
        query.get("kind") in {None, "", entry.kind}
        and query.get("listing") in {None, "", entry.listing}
        and (text in entry.value.lower() or text in entry.reason.lower())
    )


ROUTES = (
    Route("/lists", show_lists),
    Route("/lists", _endpoint(_put), methods=["POST"]),
    Route("/lists/entry", show_entry),
    Route("/lists/export", export_lists),
    Route("/lists/off", _endpoint(_take_off), methods=["POST"]),
    Route("/lists/upload", _endpoint(_upload), methods=["POST"]),
)
