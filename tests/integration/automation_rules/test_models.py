"""A model's mode changed by two people, as the job reads it afterwards."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from google.cloud.firestore_v1.base_query import FieldFilter

from fraud.models.publication import CURRENT, Digests, Mode, Publication, Published, encode_publication
from fraud_stream.classifier.choice import chosen
from fraud_stream.classifier.publication import read_publication
from tests.integration.automation_rules.conftest import System


@pytest.fixture
def location(system: System) -> Iterator[Path]:
    """Where this stack's models are; nothing is published there afterwards."""
    home = system.stack.workspace.home / "classifier"
    (home / "models").mkdir(parents=True, exist_ok=True)
    yield home
    (home / CURRENT).unlink(missing_ok=True)


@pytest.fixture
def new(location: Path) -> str:
    """A model in shadow beside a live one, `old`."""
    name = token_hex(32)
    models = (
        Published(Digests("old", "old"), Mode.LIVE, "2026-01-01"),
        Published(Digests(name, name), Mode.SHADOW, "2026-01-02"),
    )
    (location / CURRENT).write_bytes(encode_publication(Publication(models)))
    return name


def asked(mode: str = "live", reason: str = "better for two weeks") -> dict[str, str]:
    return {"mode": mode, "reason": reason}


def modes(answer: dict[str, Any]) -> dict[str, str]:
    return {one["digests"]["sha256"]: one["mode"] for one in answer["models"]}


def test_a_challenger_goes_live_when_a_second_person_asks(system: System, location: Path, new: str) -> None:
    path = f"/models/{new}/mode"
    for _ in range(2):
        status, answer = system.call("POST", path, asked(), "jo")
        assert (status, answer["is_done"]) == (HTTPStatus.ACCEPTED, False), "one person alone, however often"
    assert modes(system.call("GET", "/models")[1]) == {"old": "live", new: "shadow"}

    status, answer = system.call("POST", path, asked(reason="seen it too"), "kim")

    assert (status, answer["is_done"]) == (HTTPStatus.OK, True)
    assert modes(answer["models"]) == {"old": "shadow", new: "live"}
    choice = chosen(str(location), read_publication(str(location)))
    assert choice.champion
    assert choice.challenger
    assert (choice.champion.digests.sha256, choice.challenger.digests.sha256) == (new, "old")
    of_model = FieldFilter("sha256", "==", new)
    stream = system.documents.collection("model_changes").where(filter=of_model).stream()
    acts = [one.to_dict() or {} for one in stream]
    told = {(act["person"], act["proposed_by"], act["reason"]) for act in acts}
    assert told == {("jo", None, "better for two weeks"), ("kim", "jo", "seen it too")}
    assert system.call("POST", path, asked(), "jo")[0] == HTTPStatus.OK, "what stands already is done"


def test_who_asks_for_another_mode_confirms_nothing(system: System, new: str) -> None:
    system.call("POST", f"/models/{new}/mode", asked("live"), "jo")
    status, answer = system.call("POST", f"/models/{new}/mode", asked("off"), "kim")
    assert (status, modes(answer["models"])) == (HTTPStatus.ACCEPTED, {"old": "live", new: "shadow"})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mode": "on", "reason": "why"}, "mode"),
        ({"mode": "live"}, "reason"),
        ({"mode": "live", "reason": ""}, "reason"),
    ],
)
def test_a_bad_change_is_refused_by_its_field(system: System, new: str, body: object, field: str) -> None:
    status, problem = system.call("POST", f"/models/{new}/mode", body)
    assert (status, problem["field"]) == (HTTPStatus.BAD_REQUEST, field)


def test_a_model_that_nobody_has_published_is_not_there(system: System, new: str) -> None:
    assert system.call("POST", f"/models/{new[::-1]}/mode", asked())[0] == HTTPStatus.NOT_FOUND


def test_a_spoilt_manifest_is_told(system: System, location: Path, new: str) -> None:
    (location / CURRENT).write_text("{")
    assert system.call("POST", f"/models/{new}/mode", asked())[0] == HTTPStatus.CONFLICT
