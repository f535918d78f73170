"""Goes through every file below a folder."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from subprocess import SubprocessError

from tests.card_scan.duckdb_dump import dumped, is_duckdb
from tests.card_scan.findings import Finding, findings
from tests.card_scan.unpacking import UnreadableError, contents

RAW_ZONE = ("kafka",)
"""The broker's folder: the raw topic and its dead letters, where card data is, for as long as their retention."""

MOST_IN_A_FILE = 20


@dataclass(frozen=True)
class Found:
    """Where card data was found, or what could not be looked into."""

    path: Path
    way: str
    finding: Finding | None

    def __str__(self) -> str:
        if self.finding is None:
            return f"{self.path}{self.way}: cannot be read"
        return f"{self.path}{self.way}: {self.finding.kind} {self.finding.shown} at byte {self.finding.offset}"


def scan(root: Path, besides: Iterable[str] = RAW_ZONE) -> Iterator[Found]:
    """Yield every finding below a folder, other than in the folders `besides`; at most 20 a file.

    A classifier, which stands under its digest, is left out: thousands of fractions, of which some pass Luhn by chance.
    """
    left_out = [root / name for name in besides]
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink() and not any(folder in path.parents for folder in left_out):
            yield from () if _is_classifier(path) else _file(path)


def _is_classifier(path: Path) -> bool:
    return path.name == "model.txt" and sha256(path.read_bytes()).hexdigest() == path.parent.name


def _file(path: Path) -> Iterator[Found]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return  # gone since the folder was read: its program is at work
    number = 0
    try:
        for way, part in _parts(path, content):
            for finding in findings(part):
                number += 1
                yield Found(path, way, finding)
                if number == MOST_IN_A_FILE:
                    return
    except UnreadableError as error:
        yield Found(path, str(error), None)
    except SubprocessError:
        yield Found(path, "!duckdb", None)


def _parts(path: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield from contents(content)
    if is_duckdb(content):
        for cells in dumped(path):
            yield "!duckdb", cells
