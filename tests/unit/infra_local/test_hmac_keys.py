import json
from pathlib import Path

from infra.local import hmac_keys


def test_a_key_of_32_bytes_is_made_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "keys.json"
    hmac_keys.provide(file)
    keys = json.loads(file.read_text())
    assert list(keys) == ["1"]
    scheme, key = keys["1"].split(":")
    assert (scheme, len(bytes.fromhex(key))) == ("2", 32)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_key_once_made_stays(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    hmac_keys.provide(file)
    before = file.read_text()
    hmac_keys.provide(file)
    assert file.read_text() == before
