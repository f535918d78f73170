"""The rules page: what stands and how often it matched, edited with errors in place, switched to shadow and back."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus

import msgspec
from google.cloud.firestore_v1.base_query import FieldFilter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fraud.cards import Action
from fraud.errors import RetryableError
from fraud.rules.change import RuleConflictError
from fraud.rules.facts import FIELDS
from fraud.rules.rule import Mode, Rule, RuleError, compiled, signed
from fraud_page.http.form import read_form
from fraud_page.http.person import person
from fraud_page.http.view import render
from fraud_page.rules.trial import Tried, tried
from fraud_service.clock import now
from fraud_service.http.body import decode_json
from fraud_service.http.problem import ProblemError
from fraud_service.rules.decisions import COLLECTION as DECISIONS
from fraud_service.rules.desk import Draft, ModeSwitch, check_room, identified, rules
from fraud_service.stores.documents import documents, reaching_firestore

HITS_OF = timedelta(days=1)
MOST_DECISIONS = 5_000
TIMEOUT_S = 5.0

Fields = Mapping[str, str]
Act = Callable[[Request, Rule | None, Fields, Rule, int], Response]
"""Takes the rule that stands, the form, the rule in the form, and the version that it replaces."""

_EMPTY = Rule(rule_id="new", expression="", action=Action.MANUAL_REVIEW, mode=Mode.SHADOW)


class _Match(msgspec.Struct):
    rule_id: str


class _Matches(msgspec.Struct):
    matches: list[_Match]


def show_rules(request: Request) -> Response:
    """Answer every rule with its mode, version and matches of the last day."""
    stored, hits = rules().load(), _hits()
    found = sorted(stored.rules, key=lambda rule: (-rule.action.strength, rule.priority, rule.rule_id))
    values = {"rules": found, "refused": stored.refused, "hits": hits, "most": MOST_DECISIONS}
    return render(request, "rules.html", values=values)


def show_rule(request: Request) -> Response:
    """Answer one rule as a form, with its history."""
    rule = _found(request.path_params["rule_id"])
    return _page(request, rule, _written(rule))


def show_new_rule(request: Request) -> Response:
    """Answer the form of a rule that is not there yet; in shadow, until somebody lets it act."""
    return _page(request, None, {"rule_id": "", **_written(_EMPTY)})


async def save_rule(request: Request) -> Response:
    """Put what a form says in the place of the version it was made from; a refusal stands beside its field."""
    fields, name = await read_form(request), person(request)
    return await run_in_threadpool(_done, request, name, fields, _save)


async def try_rule(request: Request) -> Response:
    """Answer the form with what the rule in it would have done; nothing is kept."""
    fields, name = await read_form(request), person(request)
    return await run_in_threadpool(_done, request, name, fields, _try)


async def switch_mode(request: Request) -> Response:
    """Put the rule's next version, which differs in its mode."""
    fields, name = await read_form(request), person(request)
    return await run_in_threadpool(_switch, request, name, fields)


ROUTES = (
    Route("/rules", show_rules),
    Route("/new-rule", show_new_rule),
    Route("/new-rule", save_rule, methods=["POST"]),
    Route("/new-rule/trial", try_rule, methods=["POST"]),
    Route("/rules/{rule_id}", show_rule),
    Route("/rules/{rule_id}", save_rule, methods=["POST"]),
    Route("/rules/{rule_id}/trial", try_rule, methods=["POST"]),
    Route("/rules/{rule_id}/mode", switch_mode, methods=["POST"]),
)


def _done(request: Request, name: str, fields: Fields, act: Act) -> Response:
    """Return what an act answers, or the form as it was sent with what is wrong in it."""
    rule_id = request.path_params.get("rule_id")
    rule = _found(rule_id) if rule_id else None
    try:
        wanted, version = _drafted(rule, fields, name)
        compiled(wanted)
        return act(request, rule, fields, wanted, version)
    except ProblemError as problem:
        errors, status = {problem.field or "": problem.detail}, problem.status
    except RuleError as error:
        place = f"at character {error.position}: " if error.position else ""
        errors, status = {error.field or "": f"{place}{error.problem}"}, HTTPStatus.UNPROCESSABLE_ENTITY
    except RetryableError as error:
        errors, status = {"": str(error)}, HTTPStatus.SERVICE_UNAVAILABLE
    except RuleConflictError as conflict:
        if rule:
            return _page(request, rule, _written(rule), {"": _CHANGED.format(conflict)}, HTTPStatus.CONFLICT)
        errors, status = {"rule_id": "there is a rule of this id already"}, HTTPStatus.CONFLICT
    return _page(request, rule, fields, errors, status)


def _drafted(rule: Rule | None, fields: Fields, name: str) -> tuple[Rule, int]:
    """Return the rule that a form holds and the version it replaces. Raises ProblemError 400 that names the field."""
    rule_id = rule.rule_id if rule else identified(fields.get("rule_id", ""))
    told = {field: value for field, value in fields.items() if field != "rule_id"}
    draft = decode_json(msgspec.json.encode(_typed(told)), Draft)
    return signed(rule_id, draft, name, now()), draft.version


def _save(_request: Request, rule: Rule | None, _fields: Fields, wanted: Rule, version: int) -> Response:
    if rule is None:
        check_room()
    return _back(rules().change(wanted, version))


def _try(request: Request, rule: Rule | None, fields: Fields, wanted: Rule, _version: int) -> Response:
    return _page(request, rule, fields, tried=tried(wanted, rules().load().rules))


def _switch(request: Request, name: str, fields: Fields) -> Response:
    rule = _found(request.path_params["rule_id"])
    switch = decode_json(msgspec.json.encode(_typed(fields)), ModeSwitch)
    text = msgspec.structs.replace(rule, mode=switch.mode)
    try:
        rules().change(signed(rule.rule_id, text, name, now()), switch.version)
    except RuleConflictError as conflict:
        return _page(request, rule, _written(rule), {"": _CHANGED.format(conflict)}, HTTPStatus.CONFLICT)
    return _back(rule)


_CHANGED = "someone else has changed the rule meanwhile ({}): here it is as it stands"


def _back(rule: Rule) -> Response:
    return RedirectResponse(f"/rules/{rule.rule_id}", HTTPStatus.SEE_OTHER)


def _page(
    request: Request,
    rule: Rule | None,
    fields: Fields,
    errors: Fields | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    tried: Tried | None = None,
) -> Response:
    choices = {"actions": list(Action), "modes": list(Mode), "names": sorted(FIELDS)}
    history = rules().history(rule.rule_id) if rule else []
    address = f"/rules/{rule.rule_id}" if rule else "/new-rule"
    values = {"rule": rule, "fields": fields, "errors": errors or {}, "history": history, "tried": tried}
    return render(request, "rule.html", status, {**choices, **values, "form_address": address})


def _found(rule_id: str) -> Rule:
    rule = rules().find(rule_id)
    if rule is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "there is no rule of this id")
    return rule


def _written(rule: Rule) -> Fields:
    """Return a rule as a form holds it."""
    text = {name: getattr(rule, name) for name in ("expression", "action", "mode", "priority", "description")}
    return {**{name: str(value) for name, value in text.items()}, "action_life_s": str(rule.action_life_s or "")}


def _typed(fields: Fields) -> dict[str, object]:
    """Return a form's fields with their numbers as numbers; what is none stays text and is refused by name."""
    numbers = {"priority", "action_life_s", "version"}
    return {name: _number(value) if name in numbers else value for name, value in fields.items()}


def _number(text: str) -> int | str | None:
    return int(text) if text.isascii() and text.isdigit() else text or None


def _hits() -> Counter[str]:
    """Return how many of the latest day's decisions each rule matched, among at most `MOST_DECISIONS`."""
    recent = FieldFilter("decided_at", ">=", now() - HITS_OF)
    query = documents().collection(DECISIONS).where(filter=recent).order_by("decided_at", "DESCENDING")
    with reaching_firestore():
        found = query.select(["matches"]).limit(MOST_DECISIONS).stream(timeout=TIMEOUT_S)
        decisions = [msgspec.convert(snapshot.to_dict(), _Matches) for snapshot in found]
    return Counter(match.rule_id for decision in decisions for match in decision.matches)
