from datetime import timedelta
from decimal import Decimal

import pytest

from fraud.payments.event import Payment, parse_payment
from simulator.messages.truth import TRUTHS, Truth
from simulator.moments import SECOND, moment
from simulator.people.population import FIRST_ACCOUNT, Population
from simulator.traffic.episodes import (
    ACCOUNT_TAKEOVER,
    CARD_TESTING,
    LEGITIMATE_BURST,
    SCRIPTS,
    Script,
    episode_block,
    run_id,
)
from tests.unit.simulator.runs import START

POPULATION = Population(7, 64, 2026)


def payments(script: Script, episodes: int = 1) -> list[Payment]:
    return [parse_payment(value or b"") for value in episode_block(script, episodes, POPULATION, START).values]


def story(script: Script) -> list[tuple[float, Decimal]]:
    return [
        ((payment.event_time - moment(START)) / timedelta(seconds=1), payment.amount) for payment in payments(script)
    ]


def test_card_testing_is_the_first_example_of_the_seeds() -> None:
    tries = [(offset, Decimal("1.00")) for offset in (5, 15, 25, 35, 45)]
    assert story(CARD_TESTING) == [*tries, (55, Decimal("5000.00"))]
    assert {payment.event.sender_account_id for payment in payments(CARD_TESTING)} == {"ACC_100"}
    assert len({(payment.card_digits, payment.event.region) for payment in payments(CARD_TESTING)}) == 1


def test_the_legitimate_burst_is_the_second_example_of_the_seeds() -> None:
    amounts = [Decimal(text) for text in ("4.50", "12.00", "45.00", "35.00")]
    assert story(LEGITIMATE_BURST) == list(zip((5, 20, 35, 45), amounts, strict=True))
    assert [payment.event.merchant_category for payment in payments(LEGITIMATE_BURST)] == [
        "5814",
        "5812",
        "5651",
        "5541",
    ]
    assert len({(payment.event.region, payment.event.device_id) for payment in payments(LEGITIMATE_BURST)}) == 1


def test_a_takeover_comes_from_elsewhere_on_new_devices_for_ever_more() -> None:
    events = payments(ACCOUNT_TAKEOVER)
    before, after = events[:3], events[3:]
    assert {payment.event.region for payment in before}.isdisjoint(payment.event.region for payment in after)
    assert {payment.event.device_id for payment in before}.isdisjoint(payment.event.device_id for payment in after)
    assert len({payment.event.device_id for payment in events}) == 3
    amounts = [payment.amount for payment in after]
    assert amounts == sorted(amounts)
    assert amounts[-1] > 5000
    assert after[-1].event_time - after[0].event_time < timedelta(seconds=60)


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=lambda script: script.code)
def test_identifiers_follow_from_seed_and_start(script: Script) -> None:
    ids = [payment.event.transaction_id for payment in payments(script, episodes=2)]
    run = run_id(7, START)
    charges = range(1, len(script.charges) + 1)
    assert ids == [f"TXN_{run}_{script.code}_{episode}_{charge}" for episode in (0, 1) for charge in charges]


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=lambda script: script.code)
def test_each_episode_is_on_its_own_account_after_the_one_before(script: Script) -> None:
    block = episode_block(script, 3, POPULATION, START)
    assert [*dict.fromkeys(block.keys)] == [b"ACC_%d" % (script.first_account + episode) for episode in range(3)]
    assert block.due.tolist() == sorted(block.due.tolist())
    assert block.due[len(script.charges)] == (script.seconds + script.charges[0].offset) * SECOND
    assert {TRUTHS[code] for code in block.truths} == {Truth(script.label)}


def test_a_run_id_depends_on_seed_and_start() -> None:
    assert run_id(7, START) != run_id(8, START) != run_id(7, START + 1)
    assert run_id(7, 0) == "a4cfba5e"


def test_accounts_of_scripts_are_never_those_of_the_population() -> None:
    numbers = [range(script.first_account, script.first_account + 100) for script in SCRIPTS.values()]
    accounts = [account for script in numbers for account in script]
    assert len(set(accounts)) == 300
    assert max(accounts) < FIRST_ACCOUNT
