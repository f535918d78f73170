"""Detections and lists changed by HTTP, and read by the streaming job's driver."""

import json
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection
from secrets import token_hex

import pytest

from fraud.detections.detection import default_detections
from fraud_stream import standing
from fraud_stream.standing import StandingDetections, StandingLists
from tests.integration.automation_rules.conftest import DESK, System

PAYMENT = "velocity_60s > 2 and amount_usd >= 50"


def detection(**changes: object) -> dict[str, object]:
    wanted: dict[str, object] = {"expression": PAYMENT, "flag": "TRIED", "points": 5, "mode": "shadow"}
    return wanted | changes


@pytest.fixture(autouse=True)
def _reaching(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the job's driver find the stack's Firestore from here."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", system.stack.environment["FIRESTORE_EMULATOR_HOST"])
    standing._client.cache_clear()


@pytest.fixture
def name(system: System) -> str:
    """An id that no other test uses."""
    del system
    return f"d-{token_hex(4)}"


def test_the_defaults_stand_from_the_first_start(system: System) -> None:
    status, listed = system.call("GET", "/detections")
    assert status == HTTPStatus.OK
    assert {one.detection_id for one in default_detections()} <= {one["detection_id"] for one in listed["detections"]}
    assert listed["fields"]["card_small_1h"] == "number"


def test_a_change_is_kept_with_its_history_and_read_by_the_job(system: System, name: str) -> None:
    asked = StandingDetections(system.documents.project, lambda: 0.0)
    before = {one.detection_id for one in asked() or ()}
    assert system.call("PUT", f"/detections/{name}", detection())[0] == HTTPStatus.CREATED
    assert system.call("PUT", f"/detections/{name}", detection(points=7, version=1))[0] == HTTPStatus.OK
    status, switched = system.call("POST", f"/detections/{name}/mode", {"mode": "live", "version": 2})
    assert (status, switched["version"], switched["mode"], switched["points"]) == (HTTPStatus.OK, 3, "live", 7)
    history = system.call("GET", f"/detections/{name}")[1]["history"]
    assert [one["after"]["points"] for one in history] == [5, 7, 7]
    assert {one.detection_id for one in asked() or ()} == before, "Firestore is asked once a second"
    read = {one.detection_id: one for one in StandingDetections(system.documents.project)() or ()}
    assert (read[name].points, read[name].mode, read[name].version) == (7, "live", 3)
    system.call("POST", f"/detections/{name}/mode", {"mode": "off", "version": 3})


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"expression": "velocity_60 > 1"}, HTTPStatus.UNPROCESSABLE_ENTITY, "expression"),
        ({"rollout_from": 90, "rollout_until": 10}, HTTPStatus.UNPROCESSABLE_ENTITY, "rollout_until"),
        ({"points": 101}, HTTPStatus.BAD_REQUEST, "points"),
        ({"flag": "no flag"}, HTTPStatus.BAD_REQUEST, "flag"),
        ({"version": 4}, HTTPStatus.CONFLICT, "version"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    system: System, name: str, changes: dict[str, object], status: int, field: str
) -> None:
    answered, problem = system.call("PUT", f"/detections/{name}", detection(**changes))
    assert (answered, problem["field"]) == (status, field)


def test_it_is_tried_before_it_is_kept(system: System) -> None:
    status, trial = system.call("POST", "/detections/trial", detection())
    assert status == HTTPStatus.OK
    assert (trial["payments"], trial["score"]["hits"], trial["examples"]) == (0, 0, [])
    assert datetime.fromisoformat(trial["since"]) < datetime.fromisoformat(trial["until"])


def test_an_entry_is_put_read_by_the_job_and_taken_off(system: System) -> None:
    account = f"ACC/{token_hex(4)}"
    path = f"/lists/account/{account}"
    status, entry = system.call("PUT", path, {"listing": "BLOCK", "reason": "mule"})
    assert (status, entry["value"], entry["listing"], entry["version"]) == (HTTPStatus.CREATED, account, "BLOCK", 1)
    asked = StandingLists(system.documents.project, iter(range(0, 100, 10)).__next__)
    assert (asked() or (0, {}))[1][f"account:{account}"].listing == "BLOCK"
    assert system.call("DELETE", path)[1]["removed"] is True
    assert system.call("DELETE", path)[0] == HTTPStatus.OK
    assert f"account:{account}" not in (asked() or (0, {}))[1]
    history = system.call("GET", path)[1]["history"]
    assert [one["after"]["removed"] for one in history] == [False, True]


def csv(system: System, method: str, body: str | None = None) -> tuple[int, str]:
    """Call the lists as a whole."""
    connection = HTTPConnection("127.0.0.1", system.port(DESK), timeout=20)
    connection.request(method, "/lists", body, {"Content-Type": "text/csv", "X-Caller": "jo"})
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply.status, text


def test_many_are_uploaded_at_once_or_none(system: System) -> None:
    names = [f"ACC_{token_hex(4)}" for _ in range(3)]
    head = "kind,value,listing,reason,expires_at\n"
    lines = [f"account,{name},BLOCK,mule,\n" for name in names]
    status, problem = csv(system, "POST", head + "".join(lines) + "card,4111111111111111,BLOCK,stolen,\n")
    assert (status, json.loads(problem)["detail"][:7]) == (HTTPStatus.UNPROCESSABLE_ENTITY, "line 5:")
    assert "4111" not in problem
    assert not any(name in csv(system, "GET")[1] for name in names)
    answers = [json.loads(csv(system, "POST", head + "".join(lines))[1]) for _ in range(2)]
    assert answers == [{"entries": 3, "changed": 3}, {"entries": 3, "changed": 0}]
    exported = csv(system, "GET")[1]
    assert all(line.strip() in exported for line in lines)
    for name in names:
        system.call("DELETE", f"/lists/account/{name}")
    assert not any(name in csv(system, "GET")[1] for name in names)


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/lists/person/jo", HTTPStatus.UNPROCESSABLE_ENTITY, "kind"),
        ("/lists/card/4111111111111111", HTTPStatus.UNPROCESSABLE_ENTITY, "value"),
        ("/lists/network/10.0.0.0/7", HTTPStatus.UNPROCESSABLE_ENTITY, "value"),
    ],
)
def test_what_cannot_be_listed_is_refused(system: System, path: str, status: int, field: str) -> None:
    answered, problem = system.call("PUT", path, {"listing": "BLOCK", "reason": "x"})
    assert (answered, problem["field"]) == (status, field)
    assert "4111" not in str(problem)


def test_what_was_never_listed_is_not_there(system: System) -> None:
    assert system.call("GET", "/lists/account/NOBODY")[0] == HTTPStatus.NOT_FOUND
