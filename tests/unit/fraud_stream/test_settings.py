import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsError

from fraud.configuration import problems
from fraud.payments.money import MINOR_DIGITS
from fraud.payments.rates import default_rates
from fraud_stream.settings import KafkaSettings, SinkName, StreamSettings, WarehouseSettings

HIDDEN = "hunter2-hunter2"
GOOD = {
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "GOOGLE_CLOUD_PROJECT": "local",
    "CHECKPOINT_LOCATION": "/checkpoint",
    "REDIS_URL": f"redis://:{HIDDEN}@127.0.0.1:6379",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


BAD: list[tuple[type[BaseSettings], str, str | None, str]] = [
    (KafkaSettings, "KAFKA_BOOTSTRAP_SERVERS", None, "KAFKA_BOOTSTRAP_SERVERS: Field required"),
    (KafkaSettings, "KAFKA_BOOTSTRAP_SERVERS", "  ", "KAFKA_BOOTSTRAP_SERVERS: "),
    (KafkaSettings, "KAFKA_SASL_PASSWORD", HIDDEN, "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are set together"),
    (KafkaSettings, "KAFKA_SASL_USERNAME", HIDDEN, "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are set together"),
    (WarehouseSettings, "GOOGLE_CLOUD_PROJECT", None, "GOOGLE_CLOUD_PROJECT: Field required"),
    (WarehouseSettings, "BIGQUERY_DATASET", "", "BIGQUERY_DATASET: "),
    (StreamSettings, "CHECKPOINT_LOCATION", None, "CHECKPOINT_LOCATION: Field required"),
    (StreamSettings, "CHECKPOINT_LOCATION", "relative/path", "CHECKPOINT_LOCATION: "),
    (StreamSettings, "REDIS_URL", None, "REDIS_URL: Field required"),
    (StreamSettings, "PAYMENT_TOPIC", "", "PAYMENT_TOPIC: "),
    (StreamSettings, "STARTING_OFFSETS", HIDDEN, "STARTING_OFFSETS: "),
    (StreamSettings, "MAX_OFFSETS_PER_TRIGGER", "0", "MAX_OFFSETS_PER_TRIGGER: "),
    (StreamSettings, "MAX_OFFSETS_PER_TRIGGER", HIDDEN, "MAX_OFFSETS_PER_TRIGGER: "),
    (StreamSettings, "TRIGGER_INTERVAL_MS", "-1", "TRIGGER_INTERVAL_MS: "),
    (StreamSettings, "ENABLED_SINKS", f'["redis", "{HIDDEN}"]', "ENABLED_SINKS.1: "),
    (StreamSettings, "SCORE_RULES", f'{{"high_amount": {HIDDEN!r}}}', "SCORE_RULES is gone: "),
]


@pytest.mark.parametrize(
    ("model", "variable", "value", "message"), BAD, ids=[f"{variable}={value}" for _, variable, value, _ in BAD]
)
def test_a_bad_setting_is_named_and_not_shown(
    environment: pytest.MonkeyPatch, model: type[BaseSettings], variable: str, value: str | None, message: str
) -> None:
    environment.delenv(variable, raising=False) if value is None else environment.setenv(variable, value)
    with pytest.raises(ValidationError) as caught:
        model()
    text = problems(caught.value)
    assert message in text
    assert HIDDEN not in text


@pytest.mark.parametrize(
    ("model", "variable", "value"),
    [
        pytest.param(KafkaSettings, "KAFKA_SASL_PASSWORD", HIDDEN, id="a password without its user"),
        pytest.param(StreamSettings, "CHECKPOINT_LOCATION", None, id="a missing setting beside a password"),
    ],
)
def test_the_error_itself_shows_no_secret(
    environment: pytest.MonkeyPatch, model: type[BaseSettings], variable: str, value: str | None
) -> None:
    environment.setenv("REDIS_URL", f"redis://:{HIDDEN}@h")  # short enough to be quoted whole
    environment.delenv(variable) if value is None else environment.setenv(variable, value)
    with pytest.raises(ValidationError) as caught:
        model()
    assert HIDDEN not in f"{caught.value} {caught.value!r}"


def test_a_setting_that_is_no_json_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ENABLED_SINKS", HIDDEN)
    with pytest.raises(SettingsError, match="enabled_sinks") as caught:
        StreamSettings()
    assert HIDDEN not in str(caught.value)


def test_several_bad_settings_are_named_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("CHECKPOINT_LOCATION")
    environment.setenv("TRIGGER_INTERVAL_MS", "soon")
    with pytest.raises(ValidationError) as caught:
        StreamSettings()
    assert [line.split(":")[0] for line in problems(caught.value).splitlines()] == [
        "CHECKPOINT_LOCATION",
        "TRIGGER_INTERVAL_MS",
    ]


def test_defaults_are_the_contract_s(environment: pytest.MonkeyPatch) -> None:
    del environment
    stream, warehouse = StreamSettings(), WarehouseSettings()
    assert (stream.payment_topic, stream.dead_letter_topic) == ("payment-events", "payment-events-dead-letter")
    assert (stream.alert_topic, warehouse.bigquery_dataset) == ("fraud-alerts", "payment_data")
    assert stream.enabled_sinks == set(SinkName)
    assert stream.starting_offsets == "earliest"
    assert stream.reference_rates() == default_rates()


def test_sinks_come_from_json(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ENABLED_SINKS", '["redis"]')
    assert StreamSettings().enabled_sinks == {SinkName.REDIS}


def test_secrets_are_not_shown(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    environment.setenv("KAFKA_SASL_USERNAME", "user")
    environment.setenv("KAFKA_SASL_PASSWORD", HIDDEN)
    stream, kafka = StreamSettings(), KafkaSettings()
    assert HIDDEN not in f"{stream!r} {stream} {kafka!r} {kafka}"
    assert stream.redis_url.get_secret_value() == GOOD["REDIS_URL"]


def test_reference_rates_come_from_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = {"as_of": "2026-03-01", "usd": dict.fromkeys(MINOR_DIGITS, "2")}
    (tmp_path / "rates.json").write_text(json.dumps(table))
    environment.setenv("REFERENCE_RATES_FILE", str(tmp_path / "rates.json"))
    assert set(StreamSettings().reference_rates().values()) == {2}


@pytest.mark.parametrize("content", [None, "", '{"as_of": "2026-03-01", "usd": {}}'], ids=["missing", "empty", "bare"])
def test_a_bad_file_of_rates_is_named(environment: pytest.MonkeyPatch, tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "rates.json").write_text(content)
    environment.setenv("REFERENCE_RATES_FILE", str(tmp_path / "rates.json"))
    with pytest.raises(ValueError, match=r"^REFERENCE_RATES_FILE: "):
        StreamSettings().reference_rates()
