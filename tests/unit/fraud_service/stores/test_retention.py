"""What expires, and when."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import ValidationError

from fraud_service.stores import retention
from fraud_service.stores.documents import to_document
from fraud_service.stores.retention import RetentionSettings, expiring
from tests.builders import NOON, make_alert


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Settings are read once a process."""
    retention._age.cache_clear()
    yield
    retention._age.cache_clear()


def test_a_document_expires_so_many_days_after_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCUMENT_RETENTION_DAYS", "30")
    alert = make_alert()
    assert expiring(alert, NOON) == to_document(alert) | {"expires_at": NOON + timedelta(days=30)}


def test_without_the_setting_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCUMENT_RETENTION_DAYS", raising=False)
    assert expiring(make_alert(), NOON) == to_document(make_alert())


@pytest.mark.parametrize("days", ["0", "-1", "4000", "a month"])
def test_days_that_are_none_are_refused(monkeypatch: pytest.MonkeyPatch, days: str) -> None:
    monkeypatch.setenv("DOCUMENT_RETENTION_DAYS", days)
    with pytest.raises(ValidationError, match="document_retention_days"):
        RetentionSettings()
