"""What episodes look like as payments: among others in a run."""

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fraud.payments.event import parse_payment
from simulator.faults.shares import NO_FAULTS
from simulator.messages.truth import IS_FRAUD, TRUTHS, Label
from simulator.people.population import Population
from simulator.stories.base_rate import BaseRate
from simulator.stories.catalogue import STORIES
from simulator.traffic.run import Run
from tests.unit.simulator.runs import START

Floats = npt.NDArray[np.float64]


def a_mix(seed: int = 7, ordinary: int = 20_000, rate: BaseRate = BaseRate.TRAINING) -> Run:
    population = Population(seed, 1_800_000, 2026)
    return Run(Label.NORMAL, population, START, 2.0, ordinary, 0, NO_FAULTS, rate)


def a_story(label: Label, seed: int = 7) -> Run:
    return Run(label, Population(seed, 1_800_000, 2026), START, 1.0, 0, 3, NO_FAULTS)


def events(run: Run) -> list[tuple[dict[str, Any], Label]]:
    return [
        (json.loads(value or b""), TRUTHS[code].label)
        for block in run.blocks()
        for value, code in zip(block.values, block.truths.tolist(), strict=True)
    ]


@pytest.mark.parametrize("label", STORIES)
def test_every_payment_of_a_story_is_one_by_the_contract(label: Label) -> None:
    if label in {Label.CARD_TESTING, Label.ACCOUNT_TAKEOVER}:
        pytest.skip("as a scenario it is the script of the seeds")
    run = a_story(label)
    found = list(run.blocks())
    assert [TRUTHS[code].label for block in found for code in block.truths] == [label] * len(run)
    ids = {parse_payment(value or b"").event.transaction_id for block in found for value in block.values}
    assert len(ids) == len(run)


def test_the_cards_of_an_enumeration_share_eight_digits_and_are_all_different() -> None:
    cards = [event["credit_card"] for event, _ in events(a_story(Label.DISTRIBUTED_TESTING))]
    assert len({card[:8] for card in cards}) <= 3
    assert len(set(cards)) > 0.99 * len(cards)


def test_a_corporate_card_is_one_card_on_several_accounts() -> None:
    found = [event for event, _ in events(a_story(Label.CORPORATE_CARD))]
    assert len({event["credit_card"] for event in found}) == 3
    assert len({event["sender_account_id"] for event in found}) > 3


def test_customers_of_a_carrier_share_an_address() -> None:
    found = [event for event, _ in events(a_story(Label.CARRIER_NAT))]
    assert len({event["ip_address"] for event in found}) == 3
    assert len({event["sender_account_id"] for event in found}) >= 45


@pytest.mark.parametrize(
    ("rate", "ordinary", "low", "high"),
    [(BaseRate.TRAINING, 20_000, 0.09, 0.11), (BaseRate.EU, 2_000_000, 0.9e-4, 2.2e-4)],
)
def test_a_share_of_payments_is_fraud(rate: BaseRate, ordinary: int, low: float, high: float) -> None:
    run = a_mix(ordinary=ordinary, rate=rate)
    frauds = int(IS_FRAUD[run.told.truths].sum())
    assert low < frauds / len(run) < high


def test_a_mix_has_every_story_and_is_in_order() -> None:
    run = a_mix()
    due = [moment for block in run.blocks() for moment in block.due.tolist()]
    assert due == sorted(due)
    assert {TRUTHS[code].label for block in run.blocks() for code in block.truths} == {Label.NORMAL, *STORIES}


@pytest.mark.parametrize("seed", range(3))
def test_ordinary_declines_are_five_to_fifteen_percent(seed: int) -> None:
    statuses = [event["status"] for event, label in events(a_mix(seed, 5_000)) if label is Label.NORMAL]
    assert 0.04 < statuses.count("DECLINED") / len(statuses) < 0.16


def test_identifiers_alone_do_not_tell_an_attack_from_a_habit() -> None:
    """A ridge regression on all that the names of things show, fitted on some runs and judged on another."""
    fitted = [_sample(a_mix(seed)) for seed in (11, 12, 13)]
    seen, truth = np.concatenate([rows for rows, _ in fitted]), np.concatenate([is_fraud for _, is_fraud in fitted])
    judged, answer = _sample(a_mix(14))
    weights = np.linalg.solve(seen.T @ seen + 10 * np.eye(seen.shape[1]), seen.T @ (truth - truth.mean()))
    assert abs(_auc(judged @ weights, answer) - 0.5) <= 0.05


_NAMES = ("transaction_id", "sender_account_id", "receiver_account_id", "device_id", "merchant_id", "user_email")


def _sample(run: Run) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return what identifiers show of the payments of attacks and habits: their form and every character of them."""
    told = [(event, label) for event, label in events(run) if label is not Label.NORMAL]
    rows = np.array([_shown(event) for event, _ in told])
    return rows - rows.mean(axis=0), np.array([label.is_fraud for _, label in told])


def _shown(event: dict[str, Any]) -> list[float]:
    shown: list[float] = []
    for name in _NAMES:
        text = str(event.get(name, ""))
        digits = [int(character, 16) for character in text[-9:] if character in "0123456789abcdef"]
        shown += [float(len(text)), *(digits + [0] * 9)[:9]]
    return shown


def _auc(scores: Floats, is_fraud: npt.NDArray[np.bool_]) -> float:
    ranks = np.argsort(np.argsort(scores)) + 1.0
    frauds = int(is_fraud.sum())
    return float((ranks[is_fraud].sum() - frauds * (frauds + 1) / 2) / (frauds * (len(scores) - frauds)))
