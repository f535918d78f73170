"""The pages on rules and detections list what the code does."""

from fraud.detections.detection import DetectionText, default_detections
from fraud.rights import RIGHTS
from fraud.rules.facts import FIELDS, Facts
from fraud.scoring.facts import FIELDS as OF_PAYMENT
from fraud.scoring.facts import descriptions_of
from tests.unit.docs.pages import read, rows, section

RULES, DETECTIONS = read("docs/rules.md"), read("docs/detections.md")


def test_every_fact_is_told_with_its_kind_and_meaning() -> None:
    table = section(RULES, "## Expressions")
    told = {name.strip("`"): cells for name, cells in rows(table[table.index("| field |") :]).items()}
    words = descriptions_of(Facts)
    assert told == {name: [str(kind), words[name]] for name, kind in FIELDS.items()}
    assert set(OF_PAYMENT) < set(FIELDS)


def test_every_default_is_told() -> None:
    told = rows(section(DETECTIONS, "## The defaults"))
    assert told == {
        one.detection_id: [f"`{one.flag}`", str(one.points), "yes" if one.alerts_alone else "no", one.expression]
        for one in default_detections()
    }


def test_every_part_and_request_is_told() -> None:
    named = rows(section(DETECTIONS, "## What a detection is"))
    parts = {part.strip("` ") for name in named for part in name.split(",")}
    assert parts == set(DetectionText.__struct_fields__)
    asked = {one.replace("{id}", "<detection_id>") for one in rows(section(DETECTIONS, "## Changing detections"))}
    assert asked == {route for route in RIGHTS["rule_desk"] if "/detections" in route}
