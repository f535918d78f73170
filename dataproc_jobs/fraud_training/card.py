"""The model card: what a model is for, what it was made of, how good it is, and what it must not be used for."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from fraud.models.suppressed import THRESHOLD
from fraud_stream.classifier.features import FEATURES, NAMES
from fraud_stream.classifier.model import Model
from fraud_training.evaluation import Figures, Share, by_kind, reliability
from fraud_training.sample import Parts, Sample

_ROWS = {
    "auc": "AUC, all payments",
    "average_precision": "average precision, all payments",
    "card_precision": "fraud among the 100 highest cards",
    "brier": "Brier score at the gate",
    "ece": "expected calibration error at the gate",
    "fraud_alerted": "attacks that still alert",
    "honest_alerted": "honest bursts that alert",
    "alerts_honest": "alerts that are honest",
}


@dataclass(frozen=True)
class Evidence:
    """What a card is written from."""

    model: Model
    parts: Parts
    assumed: float
    figures: Mapping[str, Figures]
    examples: Mapping[str, list[float]]
    trained_at: str
    origin: str


def card(evidence: Evidence) -> str:
    """Return the card as Markdown."""
    sections = (_head, _data, _quality, _kinds, _curve, _importance, _use)
    return "\n\n".join(section(evidence) for section in sections) + "\n"


def comparison(figures: Mapping[str, Figures]) -> str:
    """Return a table of figures, a column for each model."""
    lines = [f"| | {' | '.join(figures)} |", "|---" * (len(figures) + 1) + "|"]
    for name, words in _ROWS.items():
        values = (_written(getattr(of_one, name)) for of_one in figures.values())
        lines.append(f"| {words} | {' | '.join(values)} |")
    return "\n".join(lines)


def _written(value: float | Share) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _head(evidence: Evidence) -> str:
    version = evidence.model.version
    return f"# Fraud classifier {version[:12]}\n\nTrained {evidence.trained_at}. SHA-256 of `model.txt`: `{version}`."


def _data(evidence: Evidence) -> str:
    parts = {"fitting": evidence.parts.fitting, "calibration": evidence.parts.calibration}
    rows = [_row(name, part) for name, part in {**parts, "judging": evidence.parts.judging}.items()]
    head = "| part | payments | fraud | at the gate | of these fraud |\n|---|---|---|---|---|"
    return (
        f"## Data\n\n{evidence.origin} Split by time with a gap of an hour; no account or card is in two parts.\n\n"
        + "\n".join([head, *rows])
        + f"\n\nProbabilities are shifted to {evidence.assumed:.0%} fraud among what the gate looks at, an assumption:"
        " three shopping trips an attack. All other payments have a table of their own, shifted to 1.5 of 10,000."
    )


def _row(name: str, part: Sample) -> str:
    gated = part[part.is_gated]
    return f"| {name} | {len(part):,} | {int(part.is_fraud.sum()):,} | {len(gated):,} | {int(gated.is_fraud.sum()):,} |"


def _quality(evidence: Evidence) -> str:
    examples = "\n".join(
        f"- example {name}: {', '.join(f'{value:.3f}' for value in values)}"
        for name, values in evidence.examples.items()
    )
    return (
        "## How good it is\n\nOn the judging part. Shares with 95 % intervals (Wilson); an attack or a burst is an"
        f" episode of several payments, and one alert counts.\n\n{comparison(evidence.figures)}\n\nThe seeds' examples,"
        f" at the gate (threshold {THRESHOLD}):\n\n{examples}"
    )


def _kinds(evidence: Evidence) -> str:
    judging = evidence.parts.judging
    found = by_kind(judging, evidence.model.probabilities(judging.features))
    lines = [f"| {kind} | {share} |" for kind, share in found.items()]
    return "## Episodes that alert, by kind\n\n" + "\n".join(["| kind | alert |", "|---|---|", *lines])


def _curve(evidence: Evidence) -> str:
    gated = evidence.parts.judging[evidence.parts.judging.is_gated]
    found = reliability(evidence.model.probabilities(gated.features), gated.is_fraud, np.ones(len(gated)))
    lines = [f"| {mean:.3f} | {share:.3f} | {count:,} |" for mean, share, count in found]
    return "## Reliability at the gate\n\nIn the sample's own share of fraud.\n\n" + "\n".join(
        ["| mean probability | share of fraud | payments |", "|---|---|---|", *lines]
    )


def _importance(evidence: Evidence) -> str:
    gains = dict(zip(NAMES, evidence.model.booster.feature_importance("gain").tolist(), strict=True))
    total = sum(gains.values()) or 1.0
    ranked = sorted(FEATURES, key=lambda feature: -gains[feature.name])
    lines = [f"| `{feature.name}` | {feature.words} | {gains[feature.name] / total:.1%} |" for feature in ranked]
    return "## What it looks at\n\n" + "\n".join(["| feature | meaning | share of gain |", "|---|---|---|", *lines])


def _use(_evidence: Evidence) -> str:
    return files("fraud_training").joinpath("limits.md").read_text().rstrip()
