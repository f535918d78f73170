"""Two people for one act, on a real Firestore emulator."""

from datetime import timedelta
from secrets import token_hex

import pytest

from fraud_service.stores.documents import documents
from fraud_service.subjects.proposals import LIFE, Proposals
from tests.builders import NOON

pytestmark = pytest.mark.usefixtures("firestore", "stack_environment")

KIM, LEE = "kim@bank.example", "lee@bank.example"


@pytest.fixture
def proposals() -> Proposals:
    return Proposals(documents())


@pytest.fixture
def key() -> str:
    return token_hex(32)


def test_one_proposes_and_another_confirms(proposals: Proposals, key: str) -> None:
    assert proposals.other("erasure", key, KIM, NOON) is None
    assert proposals.other("erasure", key, LEE, NOON + LIFE - timedelta(seconds=1)) == KIM


def test_nobody_is_two_people(proposals: Proposals, key: str) -> None:
    assert [proposals.other("erasure", key, name, NOON) for name in (KIM, KIM, KIM.upper())] == [None] * 3
    assert proposals.other("erasure", key, LEE, NOON) == KIM


def test_a_proposal_is_for_its_act_and_subject_only(proposals: Proposals, key: str) -> None:
    assert proposals.other("erasure", key, KIM, NOON) is None
    assert proposals.other("report", key, LEE, NOON) is None
    assert proposals.other("erasure", token_hex(32), LEE, NOON) is None


def test_a_proposal_of_yesterday_is_a_new_one_s_beginning(proposals: Proposals, key: str) -> None:
    assert proposals.other("erasure", key, KIM, NOON) is None
    assert proposals.other("erasure", key, LEE, NOON + LIFE) is None
    assert proposals.other("erasure", key, KIM, NOON + LIFE) == LEE


def test_what_is_done_is_proposed_anew(proposals: Proposals, key: str) -> None:
    proposals.other("erasure", key, KIM, NOON)
    proposals.close("erasure", key)
    assert proposals.other("erasure", key, LEE, NOON) is None
