"""Lists by HTTP: an entry looked up, put, taken off; many uploaded, all exported as CSV."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import Request, Response

from fraud.lists import ListText, read_csv, write_csv
from fraud_service.http.answer import answer
from fraud_service.http.body import read_json, read_text
from fraud_service.http.caller import caller
from fraud_service.http.router import Endpoint
from fraud_service.lists.acts import ListActs

CSV = "text/csv"
MAX_UPLOAD_BYTES = 4_000_000


@dataclass(frozen=True)
class ListDesk:
    """The endpoints about lists; `acts` gives what they do."""

    acts: Callable[[], ListActs]

    @property
    def routes(self) -> Mapping[str, Endpoint]:
        """The endpoints by method and path."""
        return {
            "GET /lists": self._export,
            "POST /lists": self._upload,
            "GET /lists/<kind>/<path:value>": self._show,
            "PUT /lists/<kind>/<path:value>": self._put,
            "DELETE /lists/<kind>/<path:value>": self._remove,
        }

    def check_ready(self) -> None:
        """See to the copy for the authorisation; raises what the stores do."""
        self.acts().see_to_copy()

    def _export(self, _request: Request) -> Response:
        """Answer every entry in force."""
        return Response(write_csv(self.acts().standing()), mimetype=CSV)

    def _upload(self, request: Request) -> Response:
        """Put the entries of a CSV file, all or, where one is bad, none."""
        person, text, acts = caller(request), read_text(request, CSV, MAX_UPLOAD_BYTES), self.acts()
        entries = read_csv(text, person, acts.now())
        return answer({"entries": len(entries), "changed": acts.put_all(entries)})

    def _show(self, _request: Request, kind: str, value: str) -> Response:
        """Answer an entry with every change to it, oldest first."""
        entry, history = self.acts().show(kind, value)
        return answer({"entry": entry, "history": history})

    def _put(self, request: Request, kind: str, value: str) -> Response:
        person, text = caller(request), read_json(request, ListText)
        entry = self.acts().put(kind, value, text, person)
        return answer(entry, HTTPStatus.CREATED if entry.version == 1 else HTTPStatus.OK)

    def _remove(self, request: Request, kind: str, value: str) -> Response:
        return answer(self.acts().remove(kind, value, caller(request)))
