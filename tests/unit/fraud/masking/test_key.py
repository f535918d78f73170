import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.masking.card import card_token, card_tokens, mask_card, pii_hash
from fraud.masking.key import HmacKey, KeyRing, Scheme
from fraud.payments.event import parse_payment
from tests.builders import payment_json
from tests.unit.fraud.strategies import card_numbers, expiries, written_cards

SECRET = "c0ffee" * 11
OTHER = "decade" * 11

RFC_4231 = {
    "1": (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    "2, key shorter than the digest": (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    "3, more than a block": (
        b"\xaa" * 20,
        b"\xdd" * 50,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    "4, another key length": (
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    "5, of which the RFC gives 128 bits": (b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    "6, key longer than a block": (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    "7, key and data longer than a block": (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
}


@pytest.mark.parametrize(("key", "message", "digest"), RFC_4231.values(), ids=RFC_4231)
def test_vectors_of_rfc_4231(key: bytes, message: bytes, digest: str) -> None:
    assert HmacKey("1", key).digest(message)[: len(digest)] == digest


@given(st.binary(min_size=1, max_size=200), st.lists(st.binary(max_size=200), min_size=1, max_size=3))
def test_one_key_gives_every_message_its_hmac(key: bytes, messages: list[bytes]) -> None:
    mine = HmacKey("1", key)
    assert [mine.digest(message) for message in messages] == [
        hmac.digest(key, message, "sha256").hex() for message in messages
    ]


@pytest.mark.parametrize("length", [63, 64, 65])
def test_keys_around_the_block_size(length: int) -> None:
    key = bytes(range(length))
    assert HmacKey("1", key).digest(b"message") == hmac.digest(key, b"message", "sha256").hex()


@given(card_numbers(), expiries())
def test_hash_and_token_are_over_the_contract_s_inputs(number: str, expiry: str) -> None:
    key = HmacKey("1", b"k" * 32)
    assert pii_hash(key, number, "123", expiry) == key.digest(f"{number}|{expiry}".encode())
    assert card_token(key, number) == key.digest(number.encode())


@given(card_numbers(), expiries())
def test_a_version_of_the_old_scheme_keeps_its_hashes(number: str, expiry: str) -> None:
    key = HmacKey("1", b"k" * 32, Scheme.WITH_CVV)
    assert pii_hash(key, number, "123", expiry) == key.digest(f"{number}|123|{expiry}".encode())
    assert card_token(key, number) == card_token(HmacKey("1", b"k" * 32), number)


def test_a_key_says_its_scheme_and_one_that_does_not_is_of_the_old_one() -> None:
    ring = KeyRing({"1": SECRET, "2": f"1:{SECRET}", "3": f"2:{OTHER}"})
    schemes = {key.version: key.scheme for key in ring.versions}
    assert schemes == {"3": Scheme.WITHOUT_CVV, "2": Scheme.WITH_CVV, "1": Scheme.WITH_CVV}
    assert ring.newest.digest(b"m") == HmacKey("3", bytes.fromhex(OTHER)).digest(b"m")


@given(written_cards(), expiries())
def test_a_masked_card_keeps_the_last_four_digits_and_the_month(written: str, expiry: str) -> None:
    payment, key = parse_payment(payment_json(credit_card=written, card_expiry=expiry)), HmacKey("1", b"k" * 32)
    digits = written.replace("-", "").replace(" ", "")
    masked = mask_card(payment, key)
    assert masked.credit_card_masked == f"XXXX-XXXX-XXXX-{digits[-4:]}"
    assert masked.card_expiry_masked == f"{expiry[:2]}/XX"
    assert masked.pii_hash == pii_hash(key, digits, "9173", expiry)
    assert masked.card_token == card_token(key, digits)


@pytest.mark.parametrize("scheme", Scheme)
def test_another_cvv_changes_the_hash_of_the_old_scheme_only(scheme: Scheme) -> None:
    key = HmacKey("1", b"k" * 32, scheme)
    one, other = (mask_card(parse_payment(payment_json(cvv=cvv)), key) for cvv in ("123", "124"))
    assert one.card_token == other.card_token
    assert (one.pii_hash == other.pii_hash) is (scheme is Scheme.WITHOUT_CVV)


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_a_column_of_messages_has_their_hmacs(messages: list[bytes]) -> None:
    key = HmacKey("1", b"k" * 32)
    assert key.digests(messages) == "".join(map(key.digest, messages))


def test_the_newest_version_is_the_highest_number_not_the_last_text() -> None:
    ring = KeyRing({"9": SECRET, "10": OTHER, "1": SECRET})
    assert [key.version for key in ring.versions] == ["10", "9", "1"]
    assert ring.newest.digest(b"m") == HmacKey("10", bytes.fromhex(OTHER)).digest(b"m")


def test_a_card_has_a_token_under_every_version() -> None:
    tokens = card_tokens(KeyRing({"1": SECRET, "2": OTHER}), "4111111111111111")
    assert list(tokens) == ["2", "1"]
    assert tokens["1"] == hmac.digest(bytes.fromhex(SECRET), b"4111111111111111", "sha256").hex()
    assert tokens["2"] == hmac.digest(bytes.fromhex(OTHER), b"4111111111111111", "sha256").hex()


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="empty"),
        pytest.param("ab" * 31, id="31 bytes"),
        pytest.param("ab" * 32 + "a", id="half a byte"),
        pytest.param("xy" * 32, id="not hex"),
        pytest.param("ab " * 32, id="spaces"),
        pytest.param("ab" * 32 + "\n", id="line end"),
        pytest.param("3:" + "ab" * 32, id="a scheme that is none"),
        pytest.param("2:" + "ab" * 31, id="31 bytes with a scheme"),
    ],
)
def test_a_bad_key_is_named_by_its_version(key: str) -> None:
    with pytest.raises(ValueError, match=r"^HMAC key version 7 is not at least 32 bytes in hex$"):
        KeyRing({"6": SECRET, "7": key})


@pytest.mark.parametrize("version", ["", "v1", "-1", "1.0", "01", "\uff11", "\u00b2", "1" * 10, SECRET])
def test_a_bad_version_is_refused_and_not_quoted(version: str) -> None:
    with pytest.raises(ValueError, match=r"^an HMAC key version is not a whole number") as caught:
        KeyRing({version: SECRET})
    assert SECRET not in str(caught.value)


def test_an_empty_ring_is_refused() -> None:
    with pytest.raises(ValueError, match="no HMAC key is given"):
        KeyRing({})


def test_no_representation_shows_a_key() -> None:
    ring = KeyRing({"1": SECRET})
    shown = f"{ring!r} {ring.newest!r} {ring.newest} {ring.versions}"
    assert "HmacKey('1')" in shown
    assert SECRET[:16] not in shown


def test_the_newest_version_masks_unless_another_is_named() -> None:
    keys = {"1": SECRET, "2": OTHER}
    assert KeyRing(keys).masking.version == "2"
    assert KeyRing(keys, "1").masking.version == "1"
    assert [key.version for key in KeyRing(keys, "1").versions] == ["2", "1"]
    assert KeyRing(keys).of("1").digest(b"x") == HmacKey("1", bytes.fromhex(SECRET)).digest(b"x")


def test_a_version_that_is_not_known_does_not_mask() -> None:
    with pytest.raises(ValueError, match=r"^HMAC key version 3 is not among the keys that are known here$"):
        KeyRing({"1": SECRET, "2": OTHER}, "3")
