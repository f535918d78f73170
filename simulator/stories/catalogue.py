"""Every story there is, by the label of its payments."""

from collections.abc import Callable

import numpy as np

from simulator.messages.truth import Label
from simulator.stories import attacks, habits
from simulator.stories.episode import Dice, Episode

Story = Callable[[Dice], Episode]

STORIES: dict[Label, Story] = {
    Label.CARD_TESTING: attacks.card_testing,
    Label.DISTRIBUTED_TESTING: attacks.distributed_testing,
    Label.SLOW_TESTING: attacks.slow_testing,
    Label.ACCOUNT_TAKEOVER: attacks.account_takeover,
    Label.BUST_OUT: attacks.bust_out,
    Label.CARD_SPREAD: attacks.card_spread,
    Label.MULE: attacks.mule,
    Label.MALL: habits.mall,
    Label.TRANSIT: habits.transit,
    Label.IN_APP: habits.in_app,
    Label.SPLIT_TENDER: habits.split_tender,
    Label.MIDNIGHT_RENEWALS: habits.midnight_renewals,
    Label.FAMILY_DEVICE: habits.family_device,
    Label.CORPORATE_CARD: habits.corporate_card,
    Label.TRAVELLER: habits.traveller,
    Label.NEW_PHONE: habits.new_phone,
    Label.CARRIER_NAT: habits.carrier_nat,
}
ATTACKS = tuple(label for label in STORIES if label.is_fraud)
HABITS = tuple(label for label in STORIES if not label.is_fraud)

_STREAM = 2  # of random numbers, beside those of ordinary traffic and of messages sent again


def drawn(label: Label, seed: int, number: int) -> Episode:
    """Return a seed's episode of a story by its number: the same one in every run."""
    return STORIES[label](Dice(np.random.default_rng([seed, _STREAM, tuple(Label).index(label), number])))
