"""The two examples of the seeds, as the stream would see them: one must pass the gate, the other must not."""

import numpy as np

from fraud.models.suppressed import THRESHOLD
from fraud_stream.classifier.features import Floats, features_of
from fraud_stream.classifier.model import Model
from fraud_training.history import as_stored
from simulator.faults.shares import NO_FAULTS
from simulator.messages.truth import Label
from simulator.moments import moment
from simulator.people.population import Population
from simulator.traffic.run import Run

_EPISODES = 20


def example_features(label: Label, start: int, seed: int = 7) -> Floats:
    """Return the features of the payments of a script of the seeds that a gate looks at, twenty times over."""
    people = Population(seed, 100_000, moment(start).year)
    run = Run(label, people, start, 1.0, 0, _EPISODES, NO_FAULTS)
    rows = as_stored([value for block in run.blocks() for value in block.values], start)
    return features_of(rows.filter(rows["is_velocity_fraud"]))


def probabilities_of_examples(model: Model, start: int) -> dict[str, list[float]]:
    """Return the probabilities of what the gate sees of either example."""
    examples = {"1: card testing": Label.CARD_TESTING, "2: a shopping trip": Label.LEGITIMATE_BURST}
    return {
        name: np.unique(model.probabilities(example_features(label, start))).tolist()
        for name, label in examples.items()
    }


def faults_in_examples(found: dict[str, list[float]]) -> list[str]:
    """Return what is wrong with the gate on the examples; nothing where it does what the seeds ask."""
    attack, trip = found.values()
    faults = []
    if min(attack) <= THRESHOLD:
        faults.append(f"the seeds' card testing has a probability of {min(attack):.3f}, not above {THRESHOLD}")
    if max(trip) > THRESHOLD:
        faults.append(f"the seeds' shopping trip has a probability of {max(trip):.3f}, above {THRESHOLD}")
    return faults
