import pytest

from fraud.cards import Action
from fraud.rules.rule import Mode, ModeSwitch
from fraud_page.http.fields import FaultsError, read_struct, written
from fraud_service.detections.acts import Draft as DetectionDraft
from fraud_service.rules.acts import Draft

RULE = {"expression": "fraud_score > 80", "action": "BLOCK_CARD", "mode": "shadow", "priority": "7", "version": "2"}


def test_texts_become_what_the_fields_are() -> None:
    read = read_struct(RULE | {"action_life_s": "", "unknown": "x"}, Draft)
    assert (read.action, read.mode, read.priority, read.version) == (Action.BLOCK_CARD, Mode.SHADOW, 7, 2)
    assert (read.action_life_s, read.description) == (None, "")


def test_a_form_holds_what_it_is_read_from() -> None:
    for draft in (
        read_struct(RULE | {"action_life_s": "3600"}, Draft),
        DetectionDraft(expression="true", flag="A", points=1, alerts_alone=True),
        DetectionDraft(expression="true", flag="A", points=1),
    ):
        assert read_struct(written(draft, type(draft)), type(draft)) == draft


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"priority": "high"}, {"priority": "a whole number from 0 to 1000 is needed"}),
        ({"priority": ""}, {"priority": "a whole number from 0 to 1000 is needed"}),
        ({"action_life_s": "5"}, {"action_life_s": "a whole number from 60 to 31622400 is needed"}),
        ({"description": "x" * 501}, {"description": "at most 500 characters are needed"}),
        (
            {"action": "KILL", "mode": "4111111111111111"},
            dict.fromkeys(("action", "mode"), "a field has a value that is not allowed"),
        ),
    ],
)
def test_all_that_is_wrong_is_told_and_no_value(changes: dict[str, str], faults: dict[str, str]) -> None:
    with pytest.raises(FaultsError) as raised:
        read_struct(RULE | changes, Draft)
    assert raised.value.faults == faults


def test_what_is_missing_is_told() -> None:
    with pytest.raises(FaultsError) as raised:
        read_struct({"mode": "live"}, ModeSwitch)
    assert raised.value.faults.keys() == {"version"}
