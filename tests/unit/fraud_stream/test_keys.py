import json

import pytest

from fraud_stream.keys import key_ring

KEY = "5ec2e7" * 11
DOCUMENT = json.dumps({"2": KEY, "10": "ab" * 32})


def test_a_process_reads_its_keys_from_its_environment_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PII_HMAC_KEYS", DOCUMENT)
    ring = key_ring()
    assert [key.version for key in ring.versions] == ["10", "2"]
    monkeypatch.delenv("PII_HMAC_KEYS")
    assert key_ring() is ring


def test_no_keys_are_an_error_that_names_both_variables() -> None:
    with pytest.raises(ValueError, match="PII_HMAC_KEYS_FILE or PII_HMAC_KEYS"):
        key_ring()


def test_keys_given_twice_are_an_error_that_shows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PII_HMAC_KEYS", json.dumps({"1": KEY}))
    monkeypatch.setenv("PII_HMAC_KEYS_FILE", "/keys.json")
    with pytest.raises(ValueError, match="PII_HMAC_KEYS_FILE or PII_HMAC_KEYS") as caught:
        key_ring()
    assert KEY[-12:] not in f"{caught.value} {caught.value!r}"
