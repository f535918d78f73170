"""Known vulnerabilities of what the lock names, by pip-audit, which asks PyPI about each package."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).parents[2] / "requirements.txt"
_PATIENCE_S = 600


@dataclass(frozen=True)
class Finding:
    """What was asked and answered: a line for each known vulnerability, the packages that no answer came about."""

    known: tuple[str, ...]
    unanswered: tuple[str, ...]
    asked: int

    @property
    def sentence(self) -> str:
        """The outcome in one sentence."""
        if not self.asked or len(self.unanswered) == self.asked:
            return (
                "Known vulnerabilities: NOT CHECKED, for the vulnerability service (pypi.org) does not answer from "
                "here; run make audit again where it can be reached."
            )
        left_out = f", {len(self.unanswered)} could not be asked about" if self.unanswered else ""
        return f"Known vulnerabilities: {len(self.known)} in {self.asked} packages{left_out}."


def look_up(lock: Path = LOCK) -> Finding:
    """Ask about every package of a lock."""
    options = ["--requirement", str(lock), "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    done = subprocess.run(  # noqa: S603  this interpreter, no shell
        [sys.executable, "-m", "pip_audit", "--format", "json", *options],
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    return finding(done.stdout)


def finding(report: str) -> Finding:
    """Return what pip-audit's report says; an empty one is that of a service that could not be reached."""
    packages = json.loads(report)["dependencies"] if report.strip() else []
    return Finding(
        known=tuple(
            f"{package['name']} {package['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions'])}"
            for package in packages
            for fault in package.get("vulns", ())
        ),
        unanswered=tuple(package["name"] for package in packages if "skip_reason" in package),
        asked=len(packages),
    )
