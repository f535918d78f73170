"""`python -m tests.mutants [slice…]`: changes the pure modules line by line, and tells what no test notices."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.layout import BUILD, SLICES, lay_out
from tests.mutants.outcomes import Outcome, read, table

_MUTMUT = str(Path(sys.executable).with_name("mutmut"))


def main(names: Sequence[str]) -> int:
    """Run the slices, all without names; print the table and what was not noticed."""
    unknown = set(names) - set(SLICES)
    if unknown:
        sys.stderr.write(f"There is no slice {', '.join(sorted(unknown))}: choose among {', '.join(SLICES)}.\n")
        return 2
    outcomes = [one for name in names or SLICES for one in _run(name)]
    sys.stdout.write(table(outcomes))
    for one in outcomes:
        if not one.is_noticed:
            sys.stdout.write(f"{one.status}: {one.mutant}\n")
    return 0


def _run(name: str) -> list[Outcome]:
    tree = BUILD / name
    lay_out(SLICES[name], tree)
    with (tree / "mutmut.log").open("wb") as log:
        subprocess.run([_MUTMUT, "run"], cwd=tree, stdout=log, stderr=subprocess.STDOUT, check=True)  # noqa: S603
    told = [_MUTMUT, "results", "--all", "true"]
    return read(subprocess.run(told, cwd=tree, capture_output=True, text=True, check=True).stdout)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
