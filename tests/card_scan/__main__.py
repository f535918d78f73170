"""`python -m tests.card_scan [FOLDER]`: fails where card data stands outside the raw zone, or a file cannot be read."""

import sys
from pathlib import Path

from tests.card_scan.scan import scan


def main() -> int:
    """Scan a folder, `.local` by default, and print each finding."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".local")
    if not root.is_dir():
        sys.stderr.write(f"{root} is no folder: start the stack first (make up).\n")
        return 2
    number = 0
    for number, found in enumerate(scan(root), 1):  # noqa: B007  the last number is their count
        sys.stdout.write(f"{found}\n")
    sys.stdout.write(f"{number} findings below {root}, the raw zone left out\n")
    return 1 if number else 0


if __name__ == "__main__":
    sys.exit(main())
