"""Every field that is held has a purpose, and the page shows nothing unescaped."""

import pytest

from fraud.subjects.report import (
    DECISIONS,
    PLACES,
    PURPOSES,
    RAW_COPIES,
    RECIPIENTS,
    RIGHTS,
    SOURCES,
    Place,
    SubjectReport,
    holding,
)
from fraud_service.cards.erased import STORE as ERASED_CARDS
from fraud_service.subjects.cache import ERASED_CARDS as CACHED_MARKS
from fraud_service.subjects.documents import COLLECTIONS
from fraud_service.subjects.page import report_page
from fraud_service.subjects.profiles import STORE as PROFILES
from fraud_service.subjects.rows import AUDIT, TABLES
from sql.schema import tables
from tests.builders import NOON

PLACE = Place("firestore.alerts", "alerts")


@pytest.mark.parametrize("table", [*TABLES, AUDIT])
def test_every_column_of_a_subject_s_tables_has_a_purpose(table: str) -> None:
    assert {column.name for column in tables()[table].columns} <= set(PURPOSES)


def test_every_store_that_an_erasure_sweeps_is_reported() -> None:
    swept = {f"bigquery.{name}" for name in (*TABLES, AUDIT)} | {f"firestore.{name}" for name in COLLECTIONS}
    caused = {"firestore.incidents", "firestore.deliveries", "redis.live_alerts", "redis.counted_alerts"}
    assert swept | caused | {
        "firestore.cards",
        "firestore.lists",
        PROFILES,
        ERASED_CARDS,
        CACHED_MARKS,
        "redis.alert_stream",
    } == {place.store for place in PLACES}


def test_a_field_without_a_purpose_of_its_own_has_its_store_s() -> None:
    held = holding(PLACE, [{"amount": 1}, {"note": "x"}], 10)
    assert held.fields == {"amount": PURPOSES["amount"], "note": "alerts"}


@pytest.mark.parametrize(("number", "is_complete"), [(2, True), (3, False)])
def test_a_report_says_where_it_leaves_records_out(number: int, *, is_complete: bool) -> None:
    held = holding(PLACE, [{"amount": one} for one in range(number)], 2)
    assert (len(held.records), held.is_complete) == (2, is_complete)


def test_a_page_shows_what_is_held_and_escapes_it() -> None:
    report = SubjectReport(
        report_id="r1",
        generated_at=NOON,
        identified_by="card_token",
        key_versions=["1"],
        raw_copies=RAW_COPIES,
        sources=SOURCES,
        recipients=[*RECIPIENTS, "<b>auditors</b>"],
        decisions=list(DECISIONS),
        rights=RIGHTS,
        holdings=[holding(PLACE, [{"region": "<script>alert(1)</script>"}], 1), holding(PLACE, [], 1)],
    )
    page = report_page(report)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert "Nothing is held." in page
    assert "&lt;b&gt;auditors&lt;/b&gt;" in page
    assert DECISIONS[0].consequence in page
    assert PURPOSES["region"] in page
