"""The pages of what is written, tried and kept in versions: rules and detections, each a form with its history.

A form says which version it was begun from and goes on saying so, whatever is answered: who saves over a colleague's
version has been shown it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fraud.errors import FraudError, InvalidError
from fraud.rules.rule import Mode, ModeSwitch
from fraud.versions import VersionConflictError
from fraud_page.http.act import read_act
from fraud_page.http.fields import FaultsError, read_struct, written
from fraud_page.http.view import render
from fraud_service.drafts import DraftActs, Item
from fraud_service.http.problem import ProblemError, problem_of

Fields = Mapping[str, str]
Act = Callable[[Request, Any, Fields, str], Response]
"""Takes what stands, or None, the form, and who sent it."""


@dataclass(frozen=True)
class DraftPages(Generic[Item]):
    """The pages of one kind: `empty` is the draft that a new one begins with, its class the form's fields.

    `tried` returns what `template` shows of a trial; that gets `choices` too.
    """

    noun: str
    acts: Callable[[], DraftActs[Item]]
    empty: Any
    tried: Callable[[Item], object]
    choices: Mapping[str, object]

    @property
    def routes(self) -> tuple[Route, ...]:
        """The addresses of the form; the list of all is the kind's own."""
        place, new = f"/{self.noun}s/{{{self._key}}}", f"/new-{self.noun}"
        return (
            Route(new, self._show_new),
            Route(new, self._endpoint(self._save), methods=["POST"]),
            Route(f"{new}/trial", self._endpoint(self._try), methods=["POST"]),
            Route(place, self._show),
            Route(place, self._endpoint(self._save), methods=["POST"]),
            Route(f"{place}/trial", self._endpoint(self._try), methods=["POST"]),
            Route(f"{place}/mode", self._endpoint(self._switch), methods=["POST"]),
        )

    @property
    def _key(self) -> str:
        return f"{self.noun}_id"

    def _show(self, request: Request) -> Response:
        """Answer one as a form, with its history."""
        item = self.acts().show(request.path_params[self._key])
        return self._page(request, item, self._written(item))

    def _show_new(self, request: Request) -> Response:
        """Answer the form of one that is not there yet; in shadow, until somebody lets it act."""
        return self._page(request, None, {self._key: "", **self._written(self.empty)})

    def _endpoint(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            fields, name = await read_act(request)
            return await run_in_threadpool(self._done, request, name, fields, act)

        return endpoint

    def _done(self, request: Request, name: str, fields: Fields, act: Act) -> Response:
        """Return what an act answers, or the form as it was sent with what is wrong in it."""
        key = request.path_params.get(self._key)
        item = self.acts().show(key) if key else None
        try:
            return act(request, item, fields, name)
        except VersionConflictError:
            if key:
                return self._overtaken(request, self.acts().show(key), fields)
            errors, status = {self._key: f"there is a {self.noun} of this id already"}, HTTPStatus.CONFLICT
        except FaultsError as error:
            errors, status = dict(error.faults), HTTPStatus.UNPROCESSABLE_ENTITY
        except (ProblemError, FraudError) as error:
            problem = problem_of(error)
            errors, status = {problem.field or "": problem.detail}, problem.status
        return self._page(request, item, fields, errors, status)

    def _overtaken(self, request: Request, item: Item, fields: Fields) -> Response:
        """Answer with both texts: the form as it was sent, and beside it what a colleague has saved meanwhile."""
        told = f"{item.author or 'somebody'} has saved version {item.version} meanwhile: what you see is not saved"
        standing = self._written(item)
        sent = fields if "expression" in fields else standing
        values = {**sent, "version": standing["version"]}
        return self._page(request, item, values, {"": told}, HTTPStatus.CONFLICT, standing=standing)

    def _drafted(self, item: Item | None, fields: Fields, name: str) -> tuple[str, Any]:
        """Return the id and the draft of a form. Raises FaultsError for all that is wrong with it."""
        acts, faults = self.acts(), dict[str, str]()
        key = str(getattr(item, self._key)) if item else fields.get(self._key, "")
        try:
            draft = read_struct(fields, type(self.empty))
        except FaultsError as error:
            faults |= error.faults
            draft = msgspec.structs.replace(self.empty, expression=fields.get("expression", ""))
        for tested in (key, "draft"):  # an id that is none must not hide what else is wrong
            try:
                acts.drafted(tested, draft, name)
            except InvalidError as error:
                faults.setdefault(error.field or "", error.detail)
        if faults:
            raise FaultsError(faults)
        return key, draft

    def _save(self, _request: Request, item: Item | None, fields: Fields, name: str) -> Response:
        return self._back(self.acts().save(*self._drafted(item, fields, name), name))

    def _try(self, request: Request, item: Item | None, fields: Fields, name: str) -> Response:
        wanted = self.acts().drafted(*self._drafted(item, fields, name), name)
        return self._page(request, item, fields, tried=self.tried(wanted))

    def _switch(self, _request: Request, item: Item, fields: Fields, name: str) -> Response:
        return self._back(self.acts().switch(getattr(item, self._key), read_struct(fields, ModeSwitch), name))

    def _back(self, item: Item) -> Response:
        return RedirectResponse(self._address(item), HTTPStatus.SEE_OTHER)

    def _address(self, item: Item | None) -> str:
        return f"/{self.noun}s/{getattr(item, self._key)}" if item else f"/new-{self.noun}"

    def _written(self, item: object) -> dict[str, str]:
        return written(item, type(self.empty))

    def _page(
        self,
        request: Request,
        item: Item | None,
        fields: Fields,
        errors: Fields | None = None,
        status: HTTPStatus = HTTPStatus.OK,
        **more: object,
    ) -> Response:
        """Return the form; `more` is what was tried, and what stands where it was overtaken."""
        history = self.acts().record.history(getattr(item, self._key)) if item else []
        values = {"item": item, "fields": fields, "errors": errors or {}, "history": history, "modes": list(Mode)}
        named = {
            "noun": self.noun,
            "key": self._key,
            "form_address": self._address(item),
            "address": self._address(item),
        }
        nothing = {"tried": None, "standing": None}
        return render(request, f"{self.noun}.html", status, {**self.choices, **named, **nothing, **values, **more})
