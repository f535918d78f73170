"""What the fraud team does by HTTP: read rules with their history, write them, switch their mode, try one out."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

import msgspec
from flask import Request, Response

from fraud.rules.change import RuleConflictError
from fraud.rules.facts import FIELDS
from fraud.rules.rule import Mode, Rule, RuleError, RuleId, RuleText, compiled, default_rules, signed
from fraud.rules.ruleset import MAX_RULES
from fraud_service.clock import now
from fraud_service.http.answer import answer
from fraud_service.http.body import read_json
from fraud_service.http.caller import caller
from fraud_service.http.problem import ProblemError
from fraud_service.http.router import Endpoint
from fraud_service.rules.record import Rules
from fraud_service.stores.documents import documents

Standing = Annotated[int, msgspec.Meta(ge=0)]


class Draft(RuleText, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a change: the whole rule, and the version it replaces, 0 for a new rule."""

    version: Standing = 0


class ModeSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of a change of mode alone."""

    mode: Mode
    version: Standing


def rules() -> Rules:
    """Return the rules' record."""
    return Rules(documents())


def check_ready() -> None:
    """Make a first call to the record, which puts the default rules on the very first start; raises what that does."""
    rules().provide(default_rules(), now())


def list_rules(_request: Request) -> Response:
    """Answer every rule that stands, and how many changes there have been."""
    stored = rules().load()
    return answer({"revision": stored.revision, "rules": stored.rules, "refused": stored.refused})


def list_fields(_request: Request) -> Response:
    """Answer what an expression may ask about."""
    return answer({"fields": dict(FIELDS)})


def show_rule(_request: Request, rule_id: str) -> Response:
    """Answer one rule with every change to it, oldest first."""
    return answer({"rule": _found(rule_id), "history": rules().history(rule_id)})


def put_rule(request: Request, rule_id: str) -> Response:
    """Put a rule in the place of the version it names."""
    person, body = caller(request), read_json(request, Draft)
    if body.version == 0:
        check_room()
    wanted = signed(identified(rule_id), body, person, now())
    return _changed(wanted, body.version)


def switch_mode(request: Request, rule_id: str) -> Response:
    """Put a rule's next version, which differs in its mode."""
    person, body = caller(request), read_json(request, ModeSwitch)
    text = msgspec.structs.replace(_found(rule_id), mode=body.mode)
    return _changed(signed(rule_id, text, person, now()), body.version)


def validate(request: Request) -> Response:
    """Answer whether a rule would be taken, and which fields it asks about; nothing is kept."""
    wanted = signed("draft", read_json(request, Draft), "", now())
    try:
        return answer({"valid": True, "asks_about": compiled(wanted).names})
    except RuleError as error:
        problem = _refusal(error)
    raise problem


ROUTES: Mapping[str, Endpoint] = {
    "GET /fields": list_fields,
    "GET /rules": list_rules,
    "POST /rules/validate": validate,
    "GET /rules/<rule_id>": show_rule,
    "PUT /rules/<rule_id>": put_rule,
    "POST /rules/<rule_id>/mode": switch_mode,
}


def _changed(wanted: Rule, expected: int) -> Response:
    try:
        rule = rules().change(wanted, expected)
        return answer(rule, HTTPStatus.CREATED if rule.version == 1 else HTTPStatus.OK)
    except RuleError as error:
        problem = _refusal(error)
    except RuleConflictError as conflict:
        problem = ProblemError(HTTPStatus.CONFLICT, str(conflict), "version")
    raise problem


def _refusal(error: RuleError) -> ProblemError:
    place = f"character {error.position}: " if error.position else ""
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{place}{error.problem}", error.field)


def _found(rule_id: str) -> Rule:
    try:
        rule = rules().find(identified(rule_id))
    except RuleError as error:
        problem = _refusal(error)
    else:
        if rule:
            return rule
        problem = ProblemError(HTTPStatus.NOT_FOUND, "there is no rule of this id")
    raise problem


def identified(rule_id: str) -> str:
    """Return an id that a rule may have. Raises ProblemError 400."""
    try:
        return msgspec.convert(rule_id, RuleId)
    except msgspec.ValidationError:
        problem = ProblemError(HTTPStatus.BAD_REQUEST, "an id is lower-case letters, digits, - and _", "rule_id")
    raise problem


def check_room() -> None:
    """Raise ProblemError 409 where there are as many rules as may be."""
    if len(rules().load().rules) >= MAX_RULES:
        raise ProblemError(HTTPStatus.CONFLICT, f"there are {MAX_RULES} rules already: change one instead")
