from collections.abc import Iterator

import pytest

from fraud_service.keys import key_ring, require_keys
from tests.builders import KEY, KEYS


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("PII_HMAC_KEYS", "PII_HMAC_KEYS_FILE"):
        monkeypatch.delenv(name, raising=False)
    key_ring.cache_clear()
    yield
    key_ring.cache_clear()


def test_a_function_reads_its_keys_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PII_HMAC_KEYS", KEYS)
    ring = key_ring()
    monkeypatch.delenv("PII_HMAC_KEYS")
    assert [key.version for key in ring.versions] == ["1"]
    assert key_ring() is ring


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        pytest.param({}, "PII_HMAC_KEYS_FILE or PII_HMAC_KEYS", id="missing"),
        pytest.param({"PII_HMAC_KEYS": KEYS, "PII_HMAC_KEYS_FILE": "/keys.json"}, "set either", id="given twice"),
        pytest.param({"PII_HMAC_KEYS_FILE": "/no/such/file"}, "PII_HMAC_KEYS_FILE cannot be read", id="no such file"),
        pytest.param({"PII_HMAC_KEYS": KEYS.replace('"1"', '"x"')}, "HMAC key version", id="a bad version"),
    ],
)
def test_a_function_does_not_start_without_good_keys(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], message: str
) -> None:
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(SystemExit, match=message) as caught:
        require_keys()
    assert KEY[-12:] not in f"{caught.value} {caught.value!r}"
