"""The comparison as a table, and as a picture that is drawn from it."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import msgspec

_COLUMNS = (
    ("events/s", "events_per_second"),
    ("CPU-s", "cpu_seconds"),
    ("events per CPU-s", "events_per_cpu_second"),
    ("start and warm-up CPU-s", "start_and_warm_up_cpu_seconds"),
    ("broker CPU-s", "broker_cpu_seconds"),
)


class Row(msgspec.Struct, frozen=True):
    """One contender: its figures after the warm-up, and how its results differ from the loop's."""

    name: str
    title: str
    promises: str
    figures: Mapping[str, float] = {}
    differences: Mapping[str, int] = {}
    skipped: str = ""


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table in Markdown."""
    head = ["", *(title for title, _ in _COLUMNS), "results that differ", "promises"]
    lines = [head, ["---"] * len(head), *map(_cells, rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _cells(row: Row) -> list[str]:
    if row.skipped:
        return [row.title, *[""] * (len(_COLUMNS) + 1), " ".join(row.skipped.split())]
    figures = [_written(row.figures.get(name)) for _, name in _COLUMNS]
    return [row.title, *figures, _written(sum(row.differences.values())) if row.differences else "", row.promises]


def _written(figure: float | None) -> str:
    return "" if figure is None else f"{figure:,}"


_WIDTH, _BAR, _GAP, _LABEL, _VALUE = 760, 22, 10, 210, 70
_STYLE = "text{font:13px sans-serif;fill:#1b1f24}.bar{fill:#8aa4c8}.job{fill:#1f5fbf}.note{fill:#57606a}"


def draw(rows: Sequence[Row], folder: Path) -> None:
    """Write `peers.svg`: events per CPU-second of each contender that ran."""
    folder.mkdir(parents=True, exist_ok=True)
    ran = [row for row in rows if row.figures]
    (folder / "peers.svg").write_text(bars("Events per CPU-second", ran, "events_per_cpu_second"))


def bars(title: str, rows: Sequence[Row], figure: str) -> str:
    """Return a horizontal bar chart in SVG, the longest bar first."""
    ranked = sorted(rows, key=lambda row: row.figures[figure], reverse=True)
    longest = max(row.figures[figure] for row in ranked)
    height = 40 + len(ranked) * (_BAR + _GAP)
    parts = [_bar(row, place, row.figures[figure], longest) for place, row in enumerate(ranked)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}"><style>{_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="10" y="22">{escape(title)}</text>{"".join(parts)}</svg>\n'
    )


def _bar(row: Row, place: int, value: float, longest: float) -> str:
    top = 36 + place * (_BAR + _GAP)
    length = max(1, round((_WIDTH - _LABEL - _VALUE) * value / longest))
    kind = "job" if row.name == "job" else "bar"
    return (
        f'<text x="10" y="{top + 15}">{escape(row.title)}</text>'
        f'<rect class="{kind}" x="{_LABEL}" y="{top}" width="{length}" height="{_BAR}"/>'
        f'<text class="note" x="{_LABEL + length + 6}" y="{top + 15}">{value:,.0f}</text>'
    )
