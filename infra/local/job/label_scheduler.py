"""Cloud Scheduler's other part: has rule_desk copy verdicts of reviews to the labels."""

import sys
from collections.abc import Mapping

from infra.local.functions.rule_desk import RuleDesk
from infra.local.machine.process import Command
from infra.local.servers.component import Component


class LabelScheduler(Component):
    """Begins when rule_desk answers."""

    name = "label_scheduler"
    needs = ("rule_desk",)
    patience = 1.0

    def environment(self) -> dict[str, str]:
        """Nobody calls it."""
        return {}

    def command(self, environment: Mapping[str, str]) -> Command:
        """Return the program that calls."""
        seconds, url = str(self.settings.labelling_seconds), f"{environment[RuleDesk.address]}/"
        return Command([sys.executable, "-m", "infra.local.job.scheduled_calls", seconds, url])

    def greet(self) -> None:
        """It answers nobody: that it runs is all there is to tell."""
