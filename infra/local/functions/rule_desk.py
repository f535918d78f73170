"""rule_desk: the fraud team's API over the rules."""

from infra.local.functions.function import Function


class RuleDesk(Function):
    """Called by people, not by Pub/Sub."""

    name = "rule_desk"
    needs = ("firestore",)
    address = "RULE_DESK_URL"
