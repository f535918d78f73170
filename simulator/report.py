"""The summary of a session, as lines of text."""

from collections import Counter
from collections.abc import Iterator, Mapping

from simulator.messages.truth import TRUTHS, Fault, Label, Truth
from simulator.moments import moment
from simulator.publishing.gateway import UNANSWERED
from simulator.publishing.ledger import Ledger
from simulator.publishing.session import Outcome
from simulator.stories.catalogue import STORIES
from simulator.traffic.episodes import SCRIPTS, run_id
from simulator.traffic.run import Run


def delivery_lines(outcome: Outcome, topic: str) -> Iterator[str]:
    """Say what was delivered and what it cost."""
    events, seconds, cpu = outcome.delivered, max(outcome.seconds, 1e-9), max(outcome.cpu_seconds, 1e-9)
    yield f"{events:,} messages delivered to {topic} in {seconds:.2f} s: {events / seconds:,.0f} events/s"
    yield f"{cpu:.2f} CPU-seconds: {events / cpu:,.0f} events per CPU-second"


def failure_lines(outcome: Outcome) -> Iterator[str]:
    """Name every kind of failed delivery; nothing where all was delivered."""
    for name, count in outcome.failures.most_common():
        yield f"{count:,} messages were not delivered: {name}"
    if outcome.unconfirmed:
        yield f"{outcome.unconfirmed:,} messages were not acknowledged in time: they may or may not be in Kafka"


def run_lines(run: Run, outcome: Outcome) -> Iterator[str]:
    """Say what the messages were, and how to have the same ones again."""
    counts: Counter[str] = Counter()
    for truth, count in zip(TRUTHS, outcome.sent.tolist(), strict=True):
        counts[_description(truth)] += count
    yield "sent: " + ", ".join(f"{count:,} {description}" for description, count in counts.items() if count)
    if run.base_rate or (run.scenario in STORIES and run.scenario not in SCRIPTS):
        told = _told(outcome)
        yield "of these: " + ", ".join(f"{count:,} {label}" for label, count in told.items())
    if run.scenario in SCRIPTS:
        script = SCRIPTS[run.scenario]
        first, last = script.first_account, script.first_account + run.episodes - 1
        ids = f"TXN_{run_id(run.population.seed, run.start)}_{script.code}_<episode>_<n>"
        yield f"{run.scenario}: ACC_{first} to ACC_{last}, {len(script.charges)} charges each, {ids}"
    yield f"the same events again: --seed {run.population.seed} --start {moment(run.start).isoformat()}"


def _told(outcome: Outcome) -> Counter[str]:
    """Return how many payments were of a scenario's or a story's episodes, by label."""
    counts: Counter[str] = Counter()
    for truth, count in zip(TRUTHS, outcome.sent.tolist(), strict=True):
        if count and truth.label is not Label.NORMAL and not truth.resent:
            counts[truth.label] += count
    return counts


def gateway_lines(tally: Mapping[str, int]) -> Iterator[str]:
    """Say what was decided about the payments before they went out."""
    yield "authorized: " + (", ".join(f"{count:,} {outcome}" for outcome, count in sorted(tally.items())) or "nothing")
    if tally.get(UNANSWERED):
        yield f"{tally[UNANSWERED]:,} payments went out as they stood, since authorize_payment did not answer"


def ledger_lines(ledger: Ledger) -> Iterator[str]:
    """Say what became of the delivered messages by the contract, and what the accepted ones amount to."""
    yield ", ".join(f"{disposition} {count:,}" for disposition, count in sorted(ledger.dispositions.items()))
    for currency, amount in sorted(ledger.accepted.items()):
        yield f"accepted {currency} {amount:,f}"


def _description(truth: Truth) -> str:
    if truth.resent:
        return "sent again"
    return {Fault.NONE: "payments", Fault.LATE: "late"}.get(truth.fault, "malformed")
