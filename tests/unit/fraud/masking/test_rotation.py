"""How a running process takes a new key version, and what it does about a bad one."""

import json
from pathlib import Path

import pytest

from fraud.masking.card import card_tokens
from fraud.masking.rotation import RotatingKeyRing
from fraud.masking.source import KeySource
from tests.builders import CARD, KEY, KEYS

NEXT = json.dumps({"1": KEY, "2": KEY[::-1]})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_text(KEYS)
    return path


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def key_ring(file: Path, complaints: list[str]) -> RotatingKeyRing:
    return RotatingKeyRing(
        lambda: KeySource(pii_hmac_keys_file=file), Path.read_bytes, lambda path: path.stat().st_ino, complaints.append
    )


def replace(file: Path, document: str) -> None:
    """Put another file in the place of the keys."""
    fresh = file.with_suffix(f".{len(document)}")
    fresh.write_text(document)
    fresh.replace(file)


def versions(key_ring: RotatingKeyRing) -> list[str]:
    return [key.version for key in key_ring().versions]


def test_a_new_version_is_taken_and_the_old_one_still_finds_its_card(key_ring: RotatingKeyRing, file: Path) -> None:
    before = card_tokens(key_ring(), CARD)
    replace(file, NEXT)
    after = card_tokens(key_ring(), CARD)
    assert key_ring().newest.version == "2"
    assert after["1"] == before["1"]


def test_an_unchanged_file_is_read_once(key_ring: RotatingKeyRing) -> None:
    assert key_ring() is key_ring()


@pytest.mark.parametrize("document", ["", NEXT[:-5], "{}", '{"2": "short"}'])
def test_keys_stay_in_force_where_new_ones_are_bad(
    key_ring: RotatingKeyRing, file: Path, complaints: list[str], document: str
) -> None:
    key_ring()
    replace(file, document)
    assert versions(key_ring) == versions(key_ring) == ["1"]
    assert len(complaints) == 1
    assert KEY[:12] not in complaints[0]
    replace(file, NEXT)
    assert versions(key_ring) == ["2", "1"]


def test_keys_stay_in_force_while_their_file_is_away(
    key_ring: RotatingKeyRing, file: Path, complaints: list[str]
) -> None:
    key_ring()
    file.unlink()
    assert versions(key_ring) == ["1"]
    assert complaints == ["PII_HMAC_KEYS_FILE cannot be read: No such file or directory"]


def test_first_keys_that_are_bad_are_an_error(key_ring: RotatingKeyRing, file: Path) -> None:
    file.write_text("{}")
    with pytest.raises(ValueError, match="no HMAC key is given"):
        key_ring()
