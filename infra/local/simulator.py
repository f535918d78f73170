"""The simulator as a part of `make run`: ordinary payments, and every minute a stolen card being tried.

Each payment is authorized before it is published; while authorize_payment is down, payments go out as they stand.
"""

import sys
from collections.abc import Mapping

from infra.local.machine.process import Command
from infra.local.servers.component import Component

_DAY_S = 86_400
_FAULTS = {"--duplicates": 0.02, "--late": 0.005, "--malformed": 0.005}


class Simulator(Component):
    """A client of Kafka, not a server: ready once the job reads what it will send."""

    name = "simulator"
    needs = ("scheduler", "authorize_payment")
    patience = 2.0

    def environment(self) -> dict[str, str]:
        """Nobody calls it."""
        return {}

    def command(self, environment: Mapping[str, str]) -> Command:
        """Return the simulator for a day; the supervisor starts the next one."""
        options = {
            "--scenario": "card-testing",
            "--background": self.settings.payments_per_second,
            "--duration": _DAY_S,
            **_FAULTS,
        }
        flags = [text for name, value in options.items() for text in (name, str(value))]
        return Command([sys.executable, "-m", "simulator", "--authorize", *flags], environment)

    def greet(self) -> None:
        """Nothing to call."""
