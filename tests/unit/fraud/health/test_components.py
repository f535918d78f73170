import re
from datetime import datetime, timedelta

import pytest

from fraud.health.components import ADVICE, Component, Standing, component_metrics, job_standing, section
from tests.builders import NOON
from tests.unit.docs.pages import REPOSITORY

KAFKA = Standing(Component.KAFKA)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("standing", "contact", "since", "error"),
    [
        (KAFKA, None, None, ""),
        (KAFKA.asked(NOON).answered(after(1)), after(1), None, ""),
        (KAFKA.asked(NOON).failed(after(3), "refused"), None, NOON, "refused"),
        (KAFKA.asked(NOON).failed(after(3), "refused").asked(after(8)).failed(after(9), "late"), None, NOON, "late"),
        (KAFKA.failed(NOON, "refused").asked(after(8)).answered(after(9)), after(9), None, "refused"),
        (KAFKA.answered(NOON).asked(after(6)), NOON, None, ""),
        (KAFKA.answered(NOON).asked(after(4)), NOON, after(4), "no answer"),
        (KAFKA.failed(NOON, "refused").asked(after(4)), None, NOON, "no answer"),
    ],
    ids=["not asked", "answers", "fails", "fails again", "is back", "is awaited", "hangs", "hangs after a failure"],
)
def test_a_component_is_down_from_the_call_that_was_not_answered(
    standing: Standing, contact: datetime | None, since: datetime | None, error: str
) -> None:
    told = standing.at(after(9.5))
    assert (told.contact_at, told.down_since, told.error) == (contact, since, error)


@pytest.mark.parametrize(
    ("age_s", "contact", "since"), [(None, None, None), (5, after(-5), None), (45, after(-45), after(-45))]
)
def test_a_job_is_down_since_its_last_sign_of_life(
    age_s: float | None, contact: datetime | None, since: datetime | None
) -> None:
    told = job_standing(age_s, NOON)
    assert (told.contact_at, told.down_since) == (contact, since)


def test_the_runbook_says_of_each_component_what_to_do() -> None:
    headings = re.findall(r"^### (.+)$", (REPOSITORY / "docs" / "runbook.md").read_text(), re.MULTILINE)
    assert headings == [section(component) for component in Component]
    assert set(ADVICE) == set(Component)


def test_metrics_name_what_answers() -> None:
    redis = Standing(Component.REDIS).failed(NOON, "x")
    shown = component_metrics([KAFKA.answered(NOON), redis, job_standing(None, NOON)])
    assert [line for line in shown.splitlines() if not line.startswith("#")] == [
        'fraud_component_up{component="Kafka"} 1',
        'fraud_component_up{component="Redis"} 0',
    ]
