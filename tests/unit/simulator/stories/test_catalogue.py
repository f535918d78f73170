import pytest

from simulator.messages.truth import Label
from simulator.stories.catalogue import ATTACKS, HABITS, STORIES, drawn
from simulator.stories.episode import OWN, Charge, Episode


def charges(label: Label, number: int = 0) -> list[Charge]:
    return sorted(drawn(label, 7, number).charges)


def several(label: Label) -> list[Episode]:
    return [drawn(label, 7, number) for number in range(30)]


def test_every_attack_and_every_habit_of_the_issue_is_told() -> None:
    assert set(ATTACKS) | {Label.NORMAL, Label.LEGITIMATE_BURST} | set(HABITS) == set(Label)
    assert all(label.is_fraud for label in ATTACKS)
    assert len(HABITS) == 10


@pytest.mark.parametrize("label", STORIES)
def test_an_episode_follows_from_seed_and_number(label: Label) -> None:
    assert drawn(label, 7, 3) == drawn(label, 7, 3)
    assert drawn(label, 7, 3) != drawn(label, 7, 4) != drawn(label, 8, 4)


@pytest.mark.parametrize("label", STORIES)
def test_an_episode_begins_at_once_and_is_over_within_two_hours(label: Label) -> None:
    for episode in several(label):
        assert all(charge.usd > 0 for charge in episode.charges)
        assert 0 <= min(charge.at for charge in episode.charges) < 1_200
        assert max(charge.at for charge in episode.charges) < 7_600


def test_distributed_testing_declines_most_cards_of_one_issuer_from_few_devices() -> None:
    for episode in several(Label.DISTRIBUTED_TESTING):
        declined = sum(charge.declined is True for charge in episode.charges) / len(episode.charges)
        assert episode.one_bin
        assert len({charge.payer for charge in episode.charges}) == len(episode.charges) >= 30
        assert len({charge.device for charge in episode.charges}) <= 20
        assert 0.3 <= declined <= 1
        assert max(charge.usd for charge in episode.charges) < 5


def test_slow_testing_never_pays_four_times_in_a_minute_before_it_cashes_out() -> None:
    for number in range(30):
        tests = [charge for charge in charges(Label.SLOW_TESTING, number) if charge.usd < 2]
        assert all(later.at - earlier.at > 60 for earlier, later in zip(tests, tests[3:], strict=False))
        assert charges(Label.SLOW_TESTING, number)[-1].usd >= 300


def test_one_card_is_spread_over_accounts_that_do_not_own_it() -> None:
    for episode in several(Label.CARD_SPREAD):
        assert {charge.card for charge in episode.charges} == {0}
        payers = {charge.payer for charge in episode.charges}
        assert 0 not in payers
        assert len(payers) >= 5


def test_a_trip_to_a_mall_is_on_the_holders_own_phone_and_card() -> None:
    for episode in several(Label.MALL):
        assert {(charge.device, charge.card, charge.payer, charge.abroad) for charge in episode.charges} == {
            (OWN, OWN, 0, False)
        }
        assert len({charge.mcc for charge in episode.charges}) > 1


def test_a_takeover_comes_from_devices_the_account_does_not_own() -> None:
    assert all(charge.device != OWN for episode in several(Label.ACCOUNT_TAKEOVER) for charge in episode.charges)
