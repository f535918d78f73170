"""rule_desk: the fraud team's API over rules, detections, lists, labels and models."""

from infra.local.functions.function import Function


class RuleDesk(Function):
    """Called by people, not by Pub/Sub."""

    name = "rule_desk"
    needs = ("redis", "firestore", "bigquery")
    address = "RULE_DESK_URL"

    def secrets(self) -> dict[str, str]:
        """Return where models are published."""
        return {"MODEL_LOCATION": str(self.workspace.home / "classifier")}
