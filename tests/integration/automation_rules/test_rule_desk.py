"""Rules changed by HTTP while automation_rules runs."""

from collections.abc import Iterator
from secrets import token_hex
from time import monotonic

import pytest

from fraud.alerts.alert import Alert
from fraud.cards import Action
from fraud_service.rules.record import rules_of
from tests.integration.automation_rules.conftest import DESK, RULES, System, burst
from tests.integration.local.waiting import wait_until

PICKED_UP_WITHIN_S = 5


def merchant_rule(merchant: str, **changes: object) -> dict[str, object]:
    rule: dict[str, object] = {"expression": f"merchant_id == '{merchant}'", "action": "BLOCK_CARD", "mode": "live"}
    return rule | changes


@pytest.fixture
def merchant() -> str:
    return f"MER_{token_hex(4)}"


@pytest.fixture
def rule_id(system: System) -> Iterator[str]:
    """The id of a new rule, which is off afterwards."""
    rule_id = f"rule-{token_hex(4)}"
    yield rule_id
    status, found = system.call("GET", f"/rules/{rule_id}")
    if status == 200:
        system.call("POST", f"/rules/{rule_id}/mode", {"mode": "off", "version": found["rule"]["version"]})


def acted(system: System, **changes: object) -> tuple[Action | None, list[str]]:
    """Return what a new alert leads to, and the rules that matched."""
    [alert] = burst(1, **changes)
    system.raise_alerts(alert)
    decision = system.decision(alert)
    return decision.card.action if decision.card else None, [match.source for match in decision.matches]


def wait_for_action(system: System, merchant: str, action: Action | None) -> float:
    """Return the seconds until alerts of a merchant lead to an action."""
    began = monotonic()
    wait_until(lambda: acted(system, merchant_id=merchant)[0] is action, PICKED_UP_WITHIN_S)
    return monotonic() - began


def test_the_default_rules_stand_from_the_first_start_with_their_history(system: System) -> None:
    listed = {rule["rule_id"]: rule for rule in system.call("GET", "/rules")[1]["rules"]}
    assert {"block-card", "require-3ds", "manual-review"} <= set(listed)
    status, shown = system.call("GET", "/rules/require-3ds")
    assert (status, shown["rule"]) == (200, listed["require-3ds"])
    [first] = shown["history"]
    assert (first["before"], first["after"]["author"], first["after"]["version"]) == (None, "default", 1)


def test_a_rule_acts_and_stops_acting_within_seconds_of_being_saved(
    system: System, rule_id: str, merchant: str
) -> None:
    assert acted(system, merchant_id=merchant)[0] is None
    assert system.call("PUT", f"/rules/{rule_id}", merchant_rule(merchant))[0] == 201
    assert wait_for_action(system, merchant, Action.BLOCK_CARD) < PICKED_UP_WITHIN_S
    assert system.call("POST", f"/rules/{rule_id}/mode", {"mode": "shadow", "version": 1})[0] == 200
    assert wait_for_action(system, merchant, None) < PICKED_UP_WITHIN_S
    assert acted(system, merchant_id=merchant) == (None, [f"rule:{rule_id}@2"])


def test_a_legitimate_burst_is_in_shadow_after_one_rule_was_edited(system: System) -> None:
    """The seeds' example 2: four purchases within a minute, here of a customer who has had three alerts before."""

    def burst_alert() -> Alert:
        alerts = burst(4, velocity_60s=4, merchant_category="5812")
        system.raise_alerts(*alerts)
        return alerts[-1]

    assert system.card(burst_alert()).action is Action.REQUIRE_3DS
    shown = system.call("GET", "/rules/require-3ds")[1]["rule"]
    switched = system.call("POST", "/rules/require-3ds/mode", {"mode": "shadow", "version": shown["version"]})[1]
    try:
        wait_until(lambda: system.card(burst_alert()).action is None, PICKED_UP_WITHIN_S)
        alert = burst_alert()
        [match] = system.decision(alert).matches
        assert (match.rule_id, match.mode, match.action) == ("require-3ds", "shadow", Action.REQUIRE_3DS)
        assert system.review(alert) is None
    finally:
        back = {"mode": "live", "version": switched["version"]}
        assert system.call("POST", "/rules/require-3ds/mode", back)[0] == 200
        wait_until(lambda: system.card(burst_alert()).action is Action.REQUIRE_3DS, PICKED_UP_WITHIN_S)


def test_a_change_is_kept_with_who_when_and_what_stood_before(system: System, rule_id: str, merchant: str) -> None:
    system.call("PUT", f"/rules/{rule_id}", merchant_rule(merchant, mode="off"), person="jo")
    revised = merchant_rule(merchant, mode="off", priority=7, version=1)
    assert system.call("PUT", f"/rules/{rule_id}", revised, person="kim")[1]["version"] == 2

    first, second = system.call("GET", f"/rules/{rule_id}")[1]["history"]
    assert (first["before"], first["after"]["author"]) == (None, "jo")
    assert second["before"] == first["after"]
    assert (second["after"]["author"], second["after"]["priority"]) == ("kim", 7)
    assert second["after"]["changed_at"] > first["after"]["changed_at"]
    assert second["revision"] > first["revision"]


def test_of_two_people_who_edit_one_version_the_second_is_told(system: System, rule_id: str, merchant: str) -> None:
    system.call("PUT", f"/rules/{rule_id}", merchant_rule(merchant, mode="off"))
    mine, theirs = (merchant_rule(merchant, mode="off", priority=one, version=1) for one in (1, 2))
    assert system.call("PUT", f"/rules/{rule_id}", mine, person="jo")[0] == 200
    status, problem = system.call("PUT", f"/rules/{rule_id}", theirs, person="kim")
    assert (status, problem["field"], problem["detail"]) == (409, "version", "version 2 stands, not 1")
    assert system.call("PUT", f"/rules/{rule_id}", mine, person="jo")[1]["version"] == 2  # its answer had been lost
    assert system.call("POST", f"/rules/{rule_id}/mode", {"mode": "live", "version": 1})[0] == 409


@pytest.mark.parametrize(
    ("change", "status", "field", "told"),
    [
        ({"expression": "merchant == 'x'"}, 422, "expression", "character 1: there is no field merchant"),
        ({"expression": "while true"}, 422, "expression", "character 1: there is no field while"),
        ({"expression": "(" * 50 + "true" + ")" * 50}, 422, "expression", "character 17: brackets are nested"),
        ({"expression": "not " * 400 + "true"}, 422, "expression", "more than 200 words"),
        ({"expression": "x" * 60_000}, 422, "expression", "longer than 2000 characters"),
        ({"expression": "x" * 1_000_000}, 413, None, "the body is longer than"),
        ({"expression": "fraud_score + 1"}, 422, "expression", "it must be true or false"),
        ({"expression": "fraud_score > 'a'"}, 422, "expression", "types do not fit"),
        ({"expression": 5}, 400, "expression", "not allowed"),
        ({"action": "EXPLODE"}, 400, "action", "not allowed"),
        ({"mode": "on"}, 400, "mode", "not allowed"),
        ({"priority": 5000}, 400, "priority", "not allowed"),
        ({"action_life_s": 1}, 400, "action_life_s", "not allowed"),
        ({"version": -1}, 400, "version", "not allowed"),
        ({"urgent": True}, 400, None, "a field that is not known here"),
    ],
)
def test_a_bad_rule_is_refused_with_the_place_and_the_running_rules_stay(
    system: System, change: dict[str, object], status: int, field: str | None, told: str
) -> None:
    before = system.call("GET", "/rules")[1]
    wanted = merchant_rule("MER_1", version=before["rules"][0]["version"]) | change
    for path, method in ((f"/rules/{before['rules'][0]['rule_id']}", "PUT"), ("/rules/validate", "POST")):
        answer, problem = system.call(method, path, wanted)
        assert (answer, problem.get("field")) == (status, field)
        assert told in problem["detail"]
    assert system.call("GET", "/rules")[1] == before
    assert acted(system, velocity_60s=5)[0] is Action.BLOCK_CARD


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/rules/unknown", 404),
        ("POST", "/rules/unknown/mode", 404),
        ("GET", "/rules/NOT-lower", 404),
        ("PUT", "/rules/NOT-lower", 422),
        ("DELETE", "/rules/block-card", 405),
    ],
)
def test_what_there_is_not_is_told(system: System, method: str, path: str, status: int) -> None:
    body = {"mode": "off", "version": 1} if path.endswith("mode") else merchant_rule("MER_1")
    assert system.call(method, path, body)[0] == status


def test_a_change_needs_a_name(system: System) -> None:
    assert system.call("PUT", "/rules/nameless", merchant_rule("MER_1"), person="")[0] == 401


def test_a_rule_can_be_tried_without_keeping_it(system: System) -> None:
    before = system.call("GET", "/rules")[1]
    wanted = merchant_rule("MER_1", expression="amount_usd > 5000 and fraud_count > 1")
    assert system.call("POST", "/rules/validate", wanted) == (
        200,
        {"valid": True, "asks_about": ["amount_usd", "fraud_count"]},
    )
    assert system.call("GET", "/rules")[1] == before
    assert system.call("GET", "/fields")[1]["fields"]["risk_flags"] == "list of texts"


def test_a_rule_spoilt_past_the_api_leaves_the_version_that_acted(system: System, rule_id: str, merchant: str) -> None:
    system.call("PUT", f"/rules/{rule_id}", merchant_rule(merchant))
    wait_for_action(system, merchant, Action.BLOCK_CARD)
    system.documents.document(f"rules/{rule_id}").update({"expression": "nonsense >"})
    other = system.call("GET", "/rules/manual-review")[1]["rule"]
    touched = {name: other[name] for name in ("expression", "action", "mode", "priority", "version")}
    assert system.call("PUT", "/rules/manual-review", touched | {"description": token_hex(4)})[0] == 200

    assert system.call("GET", "/rules")[1]["refused"] == [rule_id]
    changed = rules_of(system.documents).revision()
    wait_until(lambda: newest_revision(system) == changed, PICKED_UP_WITHIN_S)
    assert acted(system, merchant_id=merchant)[0] is Action.BLOCK_CARD
    system.documents.document(f"rules/{rule_id}").update({"expression": "fraud_score > 100"})


def test_a_document_that_is_no_rule_any_more_is_told_and_left_alone(system: System, merchant: str) -> None:
    rule_id = f"rule-{token_hex(4)}"
    document = system.documents.document(f"rules/{rule_id}")
    system.call("PUT", f"/rules/{rule_id}", merchant_rule(merchant, mode="off"))
    document.update({"priority": "high"})
    for method, path, body in (
        ("GET", f"/rules/{rule_id}", None),
        ("PUT", f"/rules/{rule_id}", merchant_rule(merchant, version=1)),
        ("POST", f"/rules/{rule_id}/mode", {"mode": "live", "version": 1}),
    ):
        status, problem = system.call(method, path, body)
        assert (status, "spoilt past this API" in problem["detail"]) == (422, True)
    assert (document.get().to_dict() or {})["priority"] == "high"
    document.delete()


def newest_revision(system: System) -> int:
    [alert] = burst(1)
    system.raise_alerts(alert)
    return system.decision(alert).rules_revision


def test_a_restart_and_a_second_first_start_keep_what_people_wrote(system: System, rule_id: str, merchant: str) -> None:
    system.call("PUT", f"/rules/{rule_id}", merchant_rule(merchant))
    before = system.call("GET", "/rules")[1]
    system.kill(DESK)
    system.kill(RULES)
    system.stack.restart(RULES)
    system.stack.restart(DESK)
    assert system.call("GET", "/rules")[1] == before
    assert acted(system, merchant_id=merchant)[0] is Action.BLOCK_CARD
