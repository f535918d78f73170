"""The job's start-up: a bad setting or key stops it before Spark starts."""

import pytest

import detect_fraud
from tests.builders import KEY, KEYS

GOOD = {
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "GOOGLE_CLOUD_PROJECT": "local",
    "CHECKPOINT_LOCATION": "/checkpoint",
    "REDIS_URL": "redis://:hunter2@127.0.0.1:6379",
    "PII_HMAC_KEYS": KEYS,
}


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", None, "KAFKA_BOOTSTRAP_SERVERS: Field required"),
        ("GOOGLE_CLOUD_PROJECT", None, "GOOGLE_CLOUD_PROJECT: Field required"),
        ("CHECKPOINT_LOCATION", None, "CHECKPOINT_LOCATION: Field required"),
        ("SCORE_RULES", '{"high_amount": 55}', "SCORE_RULES is gone: points and bounds are those of detections"),
        ("REFERENCE_RATES_FILE", "/nothing", "REFERENCE_RATES_FILE: "),
        ("PII_HMAC_KEYS", None, "PII_HMAC_KEYS_FILE or PII_HMAC_KEYS"),
        ("PII_HMAC_KEYS", f'{{"1": "{KEY}!"}}', "HMAC key version 1 is not"),
        ("PII_HMAC_KEYS_FILE", "/nothing", "PII_HMAC_KEYS_FILE or PII_HMAC_KEYS"),
    ],
)
def test_a_bad_setting_stops_the_job_by_its_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str | None, message: str
) -> None:
    for name, good in GOOD.items():
        monkeypatch.setenv(name, good)
    monkeypatch.delenv(variable) if value is None else monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as stopped:
        detect_fraud.main()
    assert message in str(stopped.value)
    assert "hunter2" not in str(stopped.value)
    assert KEY not in str(stopped.value)
