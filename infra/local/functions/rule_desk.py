"""rule_desk: the fraud team's API over rules, detections and lists."""

from infra.local.functions.function import Function


class RuleDesk(Function):
    """Called by people, not by Pub/Sub."""

    name = "rule_desk"
    needs = ("redis", "firestore", "bigquery")
    address = "RULE_DESK_URL"
