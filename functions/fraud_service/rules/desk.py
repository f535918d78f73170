"""Rules by HTTP: read with their history, written, switched to another mode, checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import Request, Response

from fraud.rules.facts import FIELDS
from fraud.rules.rule import ModeSwitch, Rule, compiled, default_rules
from fraud_service.drafts import DraftActs
from fraud_service.http.answer import answer
from fraud_service.http.body import read_json
from fraud_service.http.caller import caller
from fraud_service.http.router import Endpoint
from fraud_service.rules.acts import Draft


@dataclass(frozen=True)
class RuleDesk:
    """The endpoints about rules; `acts` gives what they do."""

    acts: Callable[[], DraftActs[Rule]]

    @property
    def routes(self) -> Mapping[str, Endpoint]:
        """The endpoints by method and path."""
        return {
            "GET /fields": self._list_fields,
            "GET /rules": self._list,
            "POST /rules/validate": self._validate,
            "GET /rules/<rule_id>": self._show,
            "PUT /rules/<rule_id>": self._put,
            "POST /rules/<rule_id>/mode": self._switch,
        }

    def check_ready(self) -> None:
        """Put the default rules on the very first start, which is a first call to the record; raises what it does."""
        acts = self.acts()
        acts.record.provide(default_rules(), acts.now())

    def _list_fields(self, _request: Request) -> Response:
        """Answer what an expression may ask about."""
        return answer({"fields": dict(FIELDS)})

    def _list(self, _request: Request) -> Response:
        """Answer every rule that stands, and how many changes there have been."""
        stored = self.acts().record.load()
        return answer({"revision": stored.revision, "rules": stored.items, "refused": stored.refused})

    def _show(self, _request: Request, rule_id: str) -> Response:
        """Answer one rule with every change to it, oldest first."""
        acts = self.acts()
        return answer({"rule": acts.show(rule_id), "history": acts.record.history(rule_id)})

    def _put(self, request: Request, rule_id: str) -> Response:
        person, draft = caller(request), read_json(request, Draft)
        return _changed(self.acts().save(rule_id, draft, person))

    def _switch(self, request: Request, rule_id: str) -> Response:
        person, switch = caller(request), read_json(request, ModeSwitch)
        return _changed(self.acts().switch(rule_id, switch, person))

    def _validate(self, request: Request) -> Response:
        """Answer whether a rule would be taken, and which fields it asks about; nothing is kept."""
        rule = self.acts().drafted("draft", read_json(request, Draft), "")
        return answer({"valid": True, "asks_about": compiled(rule).names})


def _changed(rule: Rule) -> Response:
    return answer(rule, HTTPStatus.CREATED if rule.version == 1 else HTTPStatus.OK)
