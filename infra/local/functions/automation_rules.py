"""automation_rules: pushed to by Pub/Sub with every alert."""

from infra.local.functions.function import Function


class AutomationRules(Function):
    """Acts on cards by the rules."""

    name = "automation_rules"
