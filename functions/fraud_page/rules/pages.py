"""The rules page: what stands and how often it matched, edited with errors in place, switched to shadow and back."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fraud.cards import Action
from fraud.errors import FraudError
from fraud.rules.facts import FIELDS
from fraud.rules.rule import Mode, ModeSwitch, Rule
from fraud.versions import VersionConflictError
from fraud_page.http.form import read_form
from fraud_page.http.person import person
from fraud_page.http.view import render
from fraud_page.rules.trial import Tried, tried
from fraud_service.clock import now
from fraud_service.http.body import read_fields
from fraud_service.http.problem import ProblemError, problem_of
from fraud_service.rules.acts import Draft, RuleActs
from fraud_service.rules.decisions import MOST_DECISIONS, hits
from fraud_service.rules.record import rules_of
from fraud_service.stores.documents import documents

HITS_OF = timedelta(days=1)

Fields = Mapping[str, str]
Act = Callable[[Request, Rule | None, Fields, str], Response]
"""Takes the rule that stands, the form, and who sent it."""

_EMPTY = Rule(rule_id="new", expression="", action=Action.MANUAL_REVIEW, mode=Mode.SHADOW)


def show_rules(request: Request) -> Response:
    """Answer every rule with its mode, version and matches of the last day."""
    stored, matched = rules_of(documents()).load(), hits(documents(), now() - HITS_OF)
    rules = sorted(stored.items, key=lambda rule: (-rule.action.strength, rule.priority, rule.rule_id))
    values = {"rules": rules, "refused": stored.refused, "hits": matched, "most": MOST_DECISIONS}
    return render(request, "rules.html", values=values)


def show_rule(request: Request) -> Response:
    """Answer one rule as a form, with its history."""
    rule = RuleActs().show(request.path_params["rule_id"])
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
    return await run_in_threadpool(_done, request, name, fields, _switch)


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
    rule = RuleActs().show(rule_id) if rule_id else None
    try:
        return act(request, rule, fields, name)
    except VersionConflictError as conflict:
        if rule:
            return _page(request, rule, _written(rule), {"": _CHANGED.format(conflict)}, HTTPStatus.CONFLICT)
        errors, status = {"rule_id": "there is a rule of this id already"}, HTTPStatus.CONFLICT
    except (ProblemError, FraudError) as error:
        problem = problem_of(error)
        errors, status = {problem.field or "": problem.detail}, problem.status
    return _page(request, rule, fields, errors, status)


def _draft(rule: Rule | None, fields: Fields) -> tuple[str, Draft]:
    """Return the id and the draft that a form holds. Raises ProblemError 400 that names the field."""
    text = {field: value for field, value in fields.items() if field != "rule_id"}
    return rule.rule_id if rule else fields.get("rule_id", ""), read_fields(_typed(text), Draft)


def _save(_request: Request, rule: Rule | None, fields: Fields, name: str) -> Response:
    rule_id, draft = _draft(rule, fields)
    return _back(RuleActs().save(rule_id, draft, name))


def _try(request: Request, rule: Rule | None, fields: Fields, name: str) -> Response:
    acts, (rule_id, draft) = RuleActs(), _draft(rule, fields)
    wanted = acts.drafted(rule_id, draft, name)
    return _page(request, rule, fields, tried=tried(wanted, acts.rules.load().items))


def _switch(_request: Request, rule: Rule | None, fields: Fields, name: str) -> Response:
    assert rule  # noqa: S101  the path names one
    return _back(RuleActs().switch(rule.rule_id, read_fields(_typed(fields), ModeSwitch), name))


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
    history = rules_of(documents()).history(rule.rule_id) if rule else []
    address = f"/rules/{rule.rule_id}" if rule else "/new-rule"
    values = {"rule": rule, "fields": fields, "errors": errors or {}, "history": history, "tried": tried}
    return render(request, "rule.html", status, {**choices, **values, "form_address": address})


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
