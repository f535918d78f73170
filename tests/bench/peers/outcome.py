"""What a peer found, held against the loop event by event."""

from collections.abc import Mapping
from pathlib import Path

from tests.bench.loop import Result

Results = Mapping[tuple[int, int], Result]


def read_results(folder: Path) -> list[Result]:
    """Return the results in every file below a folder, in no order."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return [parse(line) for file in files for line in file.read_text().splitlines()]


def differences(found: list[Result], expected: Results) -> dict[str, int]:
    """Return how many results are missing, surplus (repeated ones too) or other than the loop's."""
    by_position = {result.position: result for result in found}
    shared = by_position.keys() & expected.keys()
    return {
        "missing": len(expected) - len(shared),
        "surplus": len(found) - len(shared),
        "different": sum(by_position[position] != expected[position] for position in shared),
    }


def parse(line: str) -> Result:
    """Return the result that a line holds."""
    *numbers, card = line.split(",")
    partition, offset, velocity_60s, velocity_5m, score = map(int, numbers)
    return Result(partition, offset, velocity_60s, velocity_5m, score, card.strip('"'))
