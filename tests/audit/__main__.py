"""`python -m tests.audit`: fails where a dependency has a known vulnerability, or a licence that we may not use."""

import sys

from tests.audit.licences import Package, installed
from tests.audit.vulnerabilities import look_up


def main() -> int:
    """List every package with its licence, then what is wrong."""
    packages = list(installed())
    for package in packages:
        sys.stdout.write(f"{_line(package)}\n")
    refused = [package for package in packages if not package.is_allowed]
    found = look_up()
    for line in (*(f"not on the list of licences: {_line(package)}" for package in refused), *found.known):
        sys.stderr.write(f"{line}\n")
    sys.stdout.write(f"Licences: {len(packages)} packages, {len(refused)} with one that is not on the list.\n")
    sys.stdout.write(f"{found.sentence}\n")
    return 1 if refused or found.known else 0


def _line(package: Package) -> str:
    return f"{package.name} {package.version}: {', '.join(package.licences) or 'none named'}"


if __name__ == "__main__":
    sys.exit(main())
