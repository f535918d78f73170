"""What an expression's tree says of one set of facts; a batch of payments is asked by columns, with the same answer.

A fact can be unknown (None): a count that is not kept for such a payment, a habit of an account without a profile. What
is said of it is unknown too, neither true nor false: `x > 5`, `x == 5`, `x in [1, 2]` and `not (x > 5)` alike. `and` is
false where one side is, `or` true where one side is, whatever the other. What is unknown in the end does not hold. This
is Kleene's logic, and SQL's.

Numbers are exact: whole numbers and decimals of any length; fractions (binary floating point) count to the millionth.
"""

import operator
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, localcontext
from types import MappingProxyType
from typing import Any

from rule_engine import ast

EXACT = Context(prec=8_192)
"""More digits than an expression can make: at most 200 words, of 24 digits each, all multiplied."""
FRACTION_DIGITS = 6

Look = Callable[[str], Any]
"""Tells the value of a fact by its name."""

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "eq": operator.eq,
        "ne": operator.ne,
        "lt": operator.lt,
        "le": operator.le,
        "gt": operator.gt,
        "ge": operator.ge,
        "add": operator.add,
        "sub": operator.sub,
        "mul": operator.mul,
    }
)
"""What a node's `type` does with its two sides; numbers are Decimal, texts can be added."""


def holds(node: Any, look: Look) -> bool:  # noqa: ANN401  rule-engine's nodes carry no types
    """Tell whether the condition of a tree surely holds."""
    with localcontext(EXACT):
        return value_of(node, look) is True


def value_of(node: Any, look: Look) -> Any:  # noqa: ANN401, PLR0911  likewise; a case each
    """Return what a node says: a condition, a number, a text or a list; None where it is unknown. To be asked in EXACT.

    A list that holds something unknown is unknown.
    """
    match node:
        case ast.SymbolExpression():
            return exact(look(node.name))
        case ast.ArrayExpression():
            members = [value_of(member, look) for member in node.value]
            return None if any(member is None for member in members) else tuple(members)
        case ast.LogicExpression():
            return _joined(node.type == "or", value_of(node.left, look), value_of(node.right, look))
        case ast.ContainsExpression():
            member, container = value_of(node.member, look), value_of(node.container, look)
            return None if member is None or container is None else member in container
        case ast.UnaryExpression():
            return _turned(node.type, value_of(node.right, look))
        case ast.LiteralExpressionBase():
            return node.value
    left, right = value_of(node.left, look), value_of(node.right, look)
    return None if left is None or right is None else OPERATORS[node.type](left, right)


def exact(value: object) -> object:
    """Return a fact as expressions compare it: numbers as Decimal, lists as tuples."""
    match value:
        case bool():
            return value
        case int():
            return Decimal(value)
        case float():
            return fraction(value)
        case list():
            return tuple(value)
    return value


def fraction(value: float) -> Decimal | None:
    """Return a fraction to the millionth, ties to even; None where it is no number (its column could not tell)."""
    millionths = value * 10**FRACTION_DIGITS
    return Decimal(round(millionths)).scaleb(-FRACTION_DIGITS) if abs(millionths) < 2**63 else None


def _joined(decisive: bool, left: bool | None, right: bool | None) -> bool | None:
    """Return `left or right` where true is decisive, `left and right` where false is."""
    if decisive in {left, right}:
        return decisive
    return None if None in {left, right} else not decisive


def _turned(sign: str, value: Any) -> Any:  # noqa: ANN401  a condition or a number
    if value is None:
        return None
    return not value if sign == "not" else -value
