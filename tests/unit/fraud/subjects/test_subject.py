"""Which subject identifiers name, and which name none."""

import pytest

from fraud.masking.card import card_tokens
from fraud.masking.key import KeyRing
from fraud.payments.card_number import luhn_check_digit
from fraud.subjects.subject import IdentifierError, Identifiers, named_subject
from tests.builders import CARD, KEY

RING = KeyRing({"1": KEY, "2": KEY[::-1]})
TOKENS = card_tokens(RING, CARD)
DIGEST = "0f" * 32
OTHER = "400000000000000" + luhn_check_digit("400000000000000")


def test_a_card_is_found_under_every_key_version() -> None:
    subject = named_subject(Identifiers(credit_card="4111-1111 1111-1111"), RING)
    assert subject.card_tokens == [TOKENS["2"], TOKENS["1"]]
    assert subject.key_versions == ["2", "1"]


@pytest.mark.parametrize(
    "written", ["4111.1111.1111.1111", "4111\u00a01111\u00a01111\u00a01111\n", "\uff14" + "\uff11" * 15]
)
def test_a_pasted_card_number_is_understood(written: str) -> None:
    assert named_subject(Identifiers(credit_card=written), RING) == named_subject(Identifiers(credit_card=CARD), RING)


@pytest.mark.parametrize("token", TOKENS.values())
def test_a_card_number_may_stand_beside_its_own_token(token: str) -> None:
    alone = named_subject(Identifiers(credit_card=CARD), RING)
    assert named_subject(Identifiers(credit_card=CARD, card_token=token.upper()), RING) == alone


def test_a_token_and_a_hash_stand_for_themselves() -> None:
    assert named_subject(Identifiers(card_token=DIGEST.upper()), RING).card_tokens == [DIGEST]
    assert named_subject(Identifiers(pii_hash=DIGEST), RING).pii_hashes == [DIGEST]


@pytest.mark.parametrize(
    ("identifiers", "field"),
    [
        pytest.param(Identifiers(), None, id="none"),
        pytest.param(Identifiers(card_token=DIGEST, pii_hash=DIGEST), None, id="token and hash"),
        pytest.param(Identifiers(card_token=""), "card_token", id="empty"),
        pytest.param(Identifiers(card_token="0g" * 32), "card_token", id="not hex"),
        pytest.param(Identifiers(pii_hash=DIGEST[:-2]), "pii_hash", id="too short"),
        pytest.param(Identifiers(pii_hash=DIGEST + "\n"), "pii_hash", id="a line end"),
        pytest.param(Identifiers(credit_card="4111111111111112"), "credit_card", id="check digit"),
        pytest.param(Identifiers(credit_card="4111"), "credit_card", id="not a card number"),
        pytest.param(Identifiers(credit_card=""), "credit_card", id="empty card number"),
        pytest.param(Identifiers(credit_card=OTHER, card_token=TOKENS["1"]), "card_token", id="token of another card"),
        pytest.param(Identifiers(credit_card=CARD, pii_hash=DIGEST), "pii_hash", id="hash beside a card number"),
        pytest.param(
            Identifiers(credit_card=CARD, card_token=DIGEST[1:]), "card_token", id="no token beside a card number"
        ),
    ],
)
def test_what_names_no_subject_is_told_by_field_and_never_by_value(identifiers: Identifiers, field: str | None) -> None:
    with pytest.raises(IdentifierError) as caught:
        named_subject(identifiers, RING)
    assert caught.value.field == field
    assert all(value not in str(caught.value) for value in (CARD, OTHER, DIGEST, "4111"))


def test_the_same_subject_has_the_same_key_however_it_is_written() -> None:
    written = [Identifiers(credit_card=CARD), Identifiers(credit_card="4111 1111 1111 1111")]
    assert len({named_subject(one, RING).key for one in written}) == 1
    assert (
        named_subject(Identifiers(card_token=DIGEST), RING).key != named_subject(Identifiers(pii_hash=DIGEST), RING).key
    )


def test_identifiers_show_nothing() -> None:
    assert CARD not in repr(Identifiers(credit_card=CARD))


def test_tokens_that_stand_beside_a_hash_join_its_subject() -> None:
    subject = named_subject(Identifiers(pii_hash=DIGEST), RING).joined({TOKENS["1"]})
    assert subject.is_named_by(TOKENS["1"], "another hash")
    assert subject.is_named_by(None, DIGEST)
    assert not subject.is_named_by(TOKENS["2"], None)
