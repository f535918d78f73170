import json
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from fraud.masking.key import HmacKey, KeyRing
from fraud.masking.source import KeySource

KEY = "5ec2e7" * 11
DOCUMENT = json.dumps({"2": KEY, "10": "ab" * 32})


def assert_ring(ring: KeyRing) -> None:
    assert [key.version for key in ring.versions] == ["10", "2"]
    assert ring.versions[1].digest(b"m") == HmacKey("2", bytes.fromhex(KEY)).digest(b"m")


def test_keys_from_the_document_itself() -> None:
    assert_ring(KeySource(pii_hmac_keys=SecretStr(DOCUMENT)).key_ring(Path.read_bytes))


def test_keys_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(DOCUMENT)
    assert_ring(KeySource(pii_hmac_keys_file=tmp_path / "keys.json").key_ring(Path.read_bytes))


def test_no_keys_are_an_error_that_names_both_variables() -> None:
    with pytest.raises(ValidationError, match="PII_HMAC_KEYS_FILE or PII_HMAC_KEYS"):
        KeySource()


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
@pytest.mark.parametrize("place", ["document", "file"])
def test_bad_keys_are_told_without_the_key(tmp_path: Path, place: str, document: str, message: str) -> None:
    (tmp_path / "keys.json").write_text(document)
    in_file = KeySource(pii_hmac_keys_file=tmp_path / "keys.json")
    source = in_file if place == "file" else KeySource(pii_hmac_keys=SecretStr(document))
    with pytest.raises(ValueError, match=message) as caught:
        source.key_ring(Path.read_bytes)
    chain = f"{caught.value} {caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert KEY[:12] not in chain


def test_a_missing_file_is_named_by_its_variable(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^PII_HMAC_KEYS_FILE cannot be read: No such file or directory$"):
        KeySource(pii_hmac_keys_file=tmp_path / "nothing").key_ring(Path.read_bytes)
