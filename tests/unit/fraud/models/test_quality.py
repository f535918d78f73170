from datetime import date

import pytest

from fraud.models.quality import Quality, courses


def quality(week: date, model: str, standing: str = "CHAMPION", rate: float | None = None) -> Quality:
    return Quality(
        week_start=week,
        model_version=model,
        standing=standing,
        payments=10,
        gated=4,
        held_back=3,
        share_held_back=0.75,
        labelled=4,
        precision_alerted=1.0,
        false_positive_rate=rate,
        brier=0.1,
    )


FIRST, SECOND = date(2026, 11, 16), date(2026, 11, 23)


def test_each_model_has_its_course_the_newest_week_and_the_champion_first() -> None:
    rows = [quality(FIRST, "a"), quality(SECOND, "c", "CHALLENGER"), quality(SECOND, "b"), quality(SECOND, "a")]
    found = [
        (course.model_version, course.standing, [one.week_start for one in course.weeks]) for course in courses(rows)
    ]
    assert found == [
        ("b", "CHAMPION", [SECOND]),
        ("a", "CHAMPION", [SECOND, FIRST]),
        ("c", "CHALLENGER", [SECOND]),
    ]


@pytest.mark.parametrize(("rate", "is_bad"), [(None, False), (0.1, False), (0.11, True)])
def test_more_than_one_in_ten_honest_payments_alerted_is_bad(rate: float | None, is_bad: bool) -> None:
    assert quality(FIRST, "a", rate=rate).is_bad is is_bad
