"""Train the classifier, judge it, and publish it unless it is worse than what stands: `python -m train_classifier`.

Exit status: 0 published (or judged only), 1 refused.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from fraud_stream.classifier.features import Floats
from fraud_stream.classifier.model import BrokenModelError, Model, read_model
from fraud_stream.classifier.publication import read_publication
from fraud_training.card import Evidence, card, comparison
from fraud_training.evaluation import Figures, figures, paired_difference
from fraud_training.examples import faults_in_examples, probabilities_of_examples
from fraud_training.fitting import FRAUD_AMONG_GATED, Prior, calibration_of, fitted
from fraud_training.history import History, labelled
from fraud_training.publishing import packed, publish
from fraud_training.rivals import logistic, rules_alone
from fraud_training.sample import Parts, Sample, split, together
from simulator.messages.truth import Label
from simulator.moments import micros

FEWEST_ATTACKS_ALERTED, MOST_HONEST_ALERTED, MOST_ECE = 0.95, 0.05, 0.03

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(stderr=True)


@app.command()
def train(
    models: Annotated[str, typer.Option(help="Where models are published: a folder or gs://bucket/path.")],
    histories: Annotated[int, typer.Option(min=5, help="Simulated histories, of other people each.")] = 24,
    seed: Annotated[int, typer.Option(min=0, help="Of the first history.")] = 0,
    leave_out: Annotated[Label | None, typer.Option(help="An attack that is judged on, but not trained on.")] = None,
    judge_only: Annotated[bool, typer.Option("--judge-only", help="Print figures and publish nothing.")] = False,
) -> None:
    """Train on simulated history and its truth, judge the model on people and times it has not seen, publish it."""
    parts = split(_simulated(histories, seed, leave_out))
    prior = Prior.of(parts.calibration)
    with console.status("fitting trees"):
        model, files = _fitted(parts, prior)
        rival = logistic(parts, prior)
    weights = prior.weights(parts.judging.is_fraud)
    told = {
        "LightGBM": figures(parts.judging, model.probabilities(parts.judging.features), weights),
        "logistic regression": figures(parts.judging, rival(parts.judging), weights),
        "rules alone": figures(parts.judging, rules_alone(parts.judging), weights),
    }
    trained_at = datetime.now(UTC).isoformat(timespec="seconds")
    examples = probabilities_of_examples(model, int(parts.judging.at[-1]))
    origin = f"{histories} histories of the simulator at its base rate `training`, seeds from {seed}."
    evidence = Evidence(model, parts, FRAUD_AMONG_GATED, told, examples, trained_at, origin)
    typer.echo(comparison(told))
    if not judge_only:
        _publish(models, evidence, files, weights)


def _simulated(histories: int, seed: int, leave_out: Label | None) -> Sample:
    start, found = micros(datetime(2026, 1, 5, tzinfo=UTC)), []
    for number in track(range(histories), "simulating history", console=console):
        is_judged = number >= round(0.8 * histories)
        left_out = (leave_out,) if leave_out and not is_judged else ()
        history = History(seed + number, start, left_out=left_out)
        found.append(labelled(history))
        start = history.end
    return together(found)


def _fitted(parts: Parts, prior: Prior) -> tuple[Model, dict[str, bytes]]:
    trees = fitted(parts.fitting)
    margins = trees.predict(parts.calibration.features, raw_score=True)
    return packed(trees, calibration_of(margins, parts.calibration, prior))


def _publish(models: str, evidence: Evidence, files: dict[str, bytes], weights: Floats) -> None:
    location = models if models.startswith("gs://") else str(Path(models).resolve())
    faults = [
        *faults_in_examples(dict(evidence.examples)),
        *faults_in_figures(evidence.figures["LightGBM"], evidence.figures["logistic regression"]),
        *_worse_than_champion(location, evidence, weights),
    ]
    if faults:
        for fault in faults:
            typer.echo(f"not published: {fault}", err=True)
        raise typer.Exit(1)
    files = {**files, "card.md": card(evidence).encode()}
    published = publish(location, files, evidence.trained_at)
    typer.echo(f"published {published.digests.sha256} ({published.mode}) below {location}/models")


def faults_in_figures(mine: Figures, simpler: Figures) -> list[str]:
    """Return why a model must not be published; nothing where it is good enough.

    A share counts against it where its whole interval does: on few episodes the figure itself is chance.
    """
    faults = []
    if mine.fraud_alerted.high < FEWEST_ATTACKS_ALERTED:
        faults.append(f"only {mine.fraud_alerted} of attacks would alert")
    if mine.honest_alerted.low >= MOST_HONEST_ALERTED:
        faults.append(f"{mine.honest_alerted} of honest bursts would alert")
    if mine.ece > MOST_ECE:
        faults.append(f"its probabilities are off by {mine.ece:.3f} on average")
    if mine.brier >= simpler.brier:
        faults.append("logistic regression is as good")
    return faults


def _worse_than_champion(location: str, evidence: Evidence, weights: Floats) -> list[str]:
    """Return whether the model is worse than the published one on the same payments, beyond chance."""
    champion = read_publication(location).champion
    if champion is None:
        return []
    try:
        standing = read_model(location, champion.digests)
    except BrokenModelError as error:
        typer.echo(f"the champion cannot be compared with: {error}", err=True)
        return []
    judging = evidence.parts.judging
    gated = judging[judging.is_gated]
    one, other = (model.probabilities(gated.features) for model in (evidence.model, standing))
    mean, half = paired_difference(one, other, gated.is_fraud, weights[judging.is_gated])
    console.print(f"Brier score beside the champion's: {mean:+.5f} ± {half:.5f}")
    return [f"worse than {standing.version}: Brier score {mean:+.5f} ± {half:.5f}"] if mean - half > 0 else []


if __name__ == "__main__":
    app()
