"""A back-test on a terminal."""

from rich.console import Console
from rich.table import Table

from fraud.rules.report import Difference, Score
from fraud.rules.trial import Trial

_MEASURES = ("matched", "fraud", "legitimate", "missed", "precision", "recall")


def show(console: Console, outcome: Trial, most: int) -> None:
    """Print a back-test, with at most `most` differences."""
    period = f"from {outcome.since.isoformat()} to {outcome.until.isoformat()}"
    console.print(f"{outcome.alerts:,} alerts {period}, {outcome.labelled:,} labelled")
    table = Table("rule", "mode", "action", *_MEASURES, "cards changed")
    for rule in outcome.rules:
        name = f"{rule.rule_id}@{rule.version}"
        table.add_row(name, rule.mode, rule.action, *_measures(rule.score), f"{rule.changed_cards:,}")
    table.add_section()
    table.add_row("live rules together", "", "", *_measures(outcome.together), "")
    if outcome.against:
        table.add_row("the other rules together", "", "", *_measures(outcome.against), "")
    console.print(table)
    if outcome.differences is not None:
        _show_differences(console, outcome.differences, most)


def _show_differences(console: Console, differences: list[Difference], most: int) -> None:
    console.print(f"{len(differences):,} alerts get another action than by the other rules")
    if not differences:
        return
    table = Table("transaction", "event time", "by the other rules", "by these rules", "truth")
    for one in differences[:most]:
        truth = {True: "fraud", False: "legitimate", None: ""}[one.is_fraud]
        before, after = (f"{action or 'none'} {source or ''}" for action, source in _sides(one))
        table.add_row(one.transaction_id, one.event_time.isoformat(), before.strip(), after.strip(), truth)
    console.print(table)
    if len(differences) > most:
        console.print(f"… and {len(differences) - most:,} more; --json shows all")


def _sides(one: Difference) -> tuple[tuple[str | None, str | None], tuple[str | None, str | None]]:
    return (one.before, one.before_source), (one.after, one.after_source)


def _measures(score: Score) -> tuple[str, ...]:
    counts = (score.hits, score.fraud, score.legitimate, score.missed)
    return (*(f"{count:,}" for count in counts), _share(score.precision), _share(score.recall))


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
