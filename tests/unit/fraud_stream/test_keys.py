import json
from pathlib import Path

import pytest

from fraud.masking import HmacKey
from fraud_stream.keys import key_ring

KEY = "5ec2e7" * 11
DOCUMENT = json.dumps({"2": KEY, "10": "ab" * 32})


def assert_ring() -> None:
    ring = key_ring()
    assert [key.version for key in ring.versions] == ["10", "2"]
    assert ring.versions[1].digest(b"m") == HmacKey("2", bytes.fromhex(KEY)).digest(b"m")


def test_keys_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PII_HMAC_KEYS", DOCUMENT)
    assert_ring()


def test_keys_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(DOCUMENT)
    monkeypatch.setenv("PII_HMAC_KEYS_FILE", str(tmp_path / "keys.json"))
    assert_ring()


def test_a_process_reads_its_keys_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PII_HMAC_KEYS", DOCUMENT)
    ring = key_ring()
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


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param("", "not a JSON object", id="empty"),
        pytest.param(KEY, "not a JSON object", id="a bare key"),
        pytest.param(json.dumps(KEY), "not a JSON object", id="a quoted key"),
        pytest.param(json.dumps([KEY]), "not a JSON object", id="a list"),
        pytest.param(json.dumps({"1": [KEY]}), "not a JSON object", id="a list of keys"),
        pytest.param(DOCUMENT[:-1], "not a JSON object", id="cut off"),
        pytest.param("{}", "no HMAC key is given", id="no version"),
        pytest.param(json.dumps({"1": KEY[:-4]}), "HMAC key version 1 is not", id="too short"),
        pytest.param(json.dumps({"1": KEY, "2": f"{KEY}x"}), "HMAC key version 2 is not", id="not hex"),
        pytest.param(json.dumps({KEY: "1"}), "HMAC key version is not a whole number", id="key and version swapped"),
    ],
)
@pytest.mark.parametrize("source", ["environment", "file"])
def test_bad_keys_are_told_without_the_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str, document: str, message: str
) -> None:
    (tmp_path / "keys.json").write_text(document)
    name, value = ("PII_HMAC_KEYS", document) if source == "environment" else ("PII_HMAC_KEYS_FILE", tmp_path)
    monkeypatch.setenv(name, str(value if source == "environment" else tmp_path / "keys.json"))
    with pytest.raises(ValueError, match=message) as caught:
        key_ring()
    chain = f"{caught.value} {caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert KEY[:12] not in chain


def test_a_missing_file_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PII_HMAC_KEYS_FILE", str(tmp_path / "nothing"))
    with pytest.raises(ValueError, match=r"^PII_HMAC_KEYS_FILE cannot be read: No such file or directory$"):
        key_ring()
