from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.local.settings import Settings
from infra.local.stack.host import sentence


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("LOCAL_STACK_PROJECT", "mine", "project"),
        ("LOCAL_STACK_PAYMENT_EVENTS_RETENTION_HOURS", "2", "payment_events_retention_hours"),
        ("LOCAL_STACK_PAYMENTS_PER_SECOND", "0.5", "payments_per_second"),
        ("JAVA_HOME", "/java", "java_home"),
        ("CLOUDSDK_ROOT_DIR", "/sdk", "cloud_sdk_root"),
        ("XDG_CACHE_HOME", "/cache", "cache_home"),
    ],
)
def test_each_field_has_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str, field: str) -> None:
    monkeypatch.setenv(name, value)
    assert str(getattr(Settings(), field)) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [("LOCAL_STACK_PAYMENTS_PER_SECOND", "-1"), ("LOCAL_STACK_PAYMENT_EVENTS_RETENTION_HOURS", "a day")],
)
def test_a_bad_value_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as raised:
        Settings()
    assert sentence(raised.value).startswith(f"{name}: Input should be ")


def test_the_cache_is_the_products_own_folder(tmp_path: Path) -> None:
    assert Settings(cache_home=tmp_path).cache == tmp_path / "payment-fraud-detection"
    assert (tmp_path / "payment-fraud-detection").is_dir()
