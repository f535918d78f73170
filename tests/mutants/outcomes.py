"""What became of each mutant, as mutmut tells it, and the table of all modules."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NOTICED = frozenset({"killed", "timeout", "segfault", "suspicious", "caught by type check"})
"""A test failed, or did not end."""

_LINE = re.compile(r"^\s*(?P<mutant>(?P<module>[\w.]+)\.x\S+): (?P<status>.+?)\s*$")


@dataclass(frozen=True)
class Outcome:
    """A mutant's name, by which `mutmut show` shows it, its module, and its fate in mutmut's words."""

    mutant: str
    module: str
    status: str

    @property
    def is_noticed(self) -> bool:
        """Whether the tests tell it from the code."""
        return self.status in NOTICED


def read(text: str) -> list[Outcome]:
    """Return the outcomes in the text of `mutmut results --all true`."""
    matches = filter(None, map(_LINE.match, text.splitlines()))
    return [Outcome(match["mutant"], match["module"], match["status"]) for match in matches]


def table(outcomes: Iterable[Outcome]) -> str:
    """Return a row a module and one for all: mutants, noticed, unnoticed, share."""
    counted: Mapping[str, Counter[bool]] = defaultdict(Counter)
    for one in outcomes:
        counted[one.module][one.is_noticed] += 1
    rows = [_row(f"`{module}`", count) for module, count in sorted(counted.items())]
    total = sum(counted.values(), Counter[bool]())
    head = ["| module | mutants | noticed | not | share |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, _row("all", total)]) + "\n"


def _row(name: str, count: Counter[bool]) -> str:
    share = f"{count[True] / count.total():.0%}" if count else "none"
    return f"| {name} | {count.total()} | {count[True]} | {count[False]} | {share} |"
