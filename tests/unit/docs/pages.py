"""The repository's documents, as tests read them."""

from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
PAGES = sorted(
    [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md"), *(REPOSITORY / "sql").glob("*.md")],
)


def read(name: str) -> str:
    """Return the text of a page by its path in the repository."""
    return (REPOSITORY / name).read_text()


def section(page: str, heading: str) -> str:
    """Return what stands below a heading, up to the next of its level or above."""
    level = heading.split(" ", 1)[0]
    lines = page.splitlines()
    below = lines[lines.index(heading) + 1 :]
    ends = (
        index for index, line in enumerate(below) if line.startswith("#") and len(line.split(" ", 1)[0]) <= len(level)
    )
    return "\n".join(below[: next(ends, len(below))])


def rows(text: str) -> dict[str, list[str]]:
    """Return a table's rows whose first cell is code, by that code: the cells after it."""
    cells = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("| `")
    ]
    names = [first.strip("|` ") for first, *_ in cells]
    assert len(names) == len(set(names))
    return {name: others for name, (_, *others) in zip(names, cells, strict=True)}
