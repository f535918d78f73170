"""Why a detection raised its flag, in words: each value that it asks about, beside the bound that it met.

The row, the alert and the page show the words that are made here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rule_engine import ast

from fraud.alerts.explanation import Reason
from fraud.detections.detection import Detection, compiled
from fraud.rules.evaluation import Look

_WORDS = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most", "eq": "exactly", "ne": "other than"}
_MIRRORED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge", "eq": "eq", "ne": "ne"}


@dataclass(frozen=True)
class Wording:
    """The flag and points of a detection's reasons, and which values they tell, with the words of their bounds."""

    flag: str
    points: int
    bounds: Mapping[str, str]

    def reason(self, look: Look) -> str:
        """Return the reason for a payment, such as `VELOCITY_60S (40): velocity_60s is 4 (more than 3)`."""
        told = ", ".join(f"{name} is {shown(look(name))}{bound}" for name, bound in self.bounds.items())
        return str(Reason(self.flag, self.points, told))


def wording(detection: Detection) -> Wording:
    """Return how a detection words its reasons. Raises DetectionError."""
    expression = compiled(detection)
    bounds: dict[str, list[str]] = defaultdict(list)
    for name, bound in _bounds(expression.tree):
        bounds[name].append(bound)
    told = {name: f" ({', '.join(dict.fromkeys(bounds[name]))})" if bounds[name] else "" for name in expression.names}
    return Wording(detection.flag, detection.points, told)


def shown(value: object) -> str:
    """Return a fact as people read it."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.6g}"
        case Decimal():
            return f"{value.normalize():f}" if value == value.to_integral_value() else f"{value:f}".rstrip("0")
        case list() | tuple():
            return ", ".join(map(str, value)) or "empty"
    return str(value)


def _bounds(node: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  rule-engine's nodes carry no types
    """Yield the bounds that are written beside a fact, unless they are turned around by a `not`."""
    match node:
        case ast.LogicExpression():
            yield from _bounds(node.left)
            yield from _bounds(node.right)
        case ast.ComparisonExpression(left=ast.SymbolExpression() as fact, right=ast.LiteralExpressionBase() as bound):
            yield from _bound(fact, node.type, bound)
        case ast.ComparisonExpression(left=ast.LiteralExpressionBase() as bound, right=ast.SymbolExpression() as fact):
            yield from _bound(fact, _MIRRORED[node.type], bound)


def _bound(fact: Any, sign: str, bound: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  likewise
    if isinstance(bound, ast.FloatExpression | ast.StringExpression):
        yield fact.name, f"{_WORDS[sign]} {shown(bound.value)}"
