"""What fields can hold: a comparison with anything else is a slip of the pen, and never holds.

Asked of what a person writes, not of what stands: an expression may have a part that never holds and do its work by
the others.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from rule_engine import ast

from fraud.alerts.alert import AlertType
from fraud.cards import Action
from fraud.lists import Listing, ListKind
from fraud.rules.evaluation import OPERATORS
from fraud.rules.expression import Expression, ExpressionError
from fraud.rules.facts import NO_ACTION
from fraud.scoring.score import MAX_SCORE
from fraud.scoring.velocity import Severity

_MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}


@dataclass(frozen=True)
class Texts:
    """Texts of a form, in words for people."""

    pattern: str
    words: str

    def meets(self, sign: str, literal: object) -> bool:
        """Tell whether a comparison with a text can hold."""
        return sign != "eq" or re.fullmatch(self.pattern, str(literal), re.ASCII) is not None


@dataclass(frozen=True)
class Numbers:
    """Numbers from `least` up to `most`, without end where that is None."""

    least: int
    most: int | None = None

    @property
    def words(self) -> str:
        """The numbers, in words."""
        return f"at least {self.least}" if self.most is None else f"from {self.least} to {self.most}"

    def meets(self, sign: str, literal: Any) -> bool:  # noqa: ANN401  rule-engine's nodes carry no types
        """Tell whether a comparison with a number can hold."""
        if sign == "eq":
            return bool(self.least <= literal and (self.most is None or literal <= self.most))
        end = {"lt": self.least, "le": self.least, "gt": self.most, "ge": self.most}.get(sign)
        return end is None or bool(OPERATORS[sign](Decimal(end), literal))


Held = Texts | Numbers


def _one_of(*texts: str) -> Texts:
    return Texts("|".join(map(re.escape, texts)), f"one of {', '.join(texts)}")


_COUNTED = ("velocity_60s", "velocity_5m", "card_count_1h", "card_accounts_1h", "device_cards_1h", "device_accounts_1h")
_FROM_NOTHING = (
    "network_test_cards_10m",
    "merchant_test_cards_10m",
    "bin_test_cards_10m",
    "merchant_declined_10m",
    "bin_declined_10m",
    "card_small_1h",
    "card_declines_1h",
    "amount",
    "amount_usd",
    "account_usd_1h",
    "card_usd_1h",
    "days_since_last",
    "amount_to_habit",
)
HELD: Mapping[str, Held] = MappingProxyType(
    {
        "type": _one_of(*AlertType),
        "severity": _one_of(*Severity),
        "card_action": _one_of(*Action, NO_ACTION),
        "status": _one_of("PENDING", "APPROVED", "DECLINED"),
        "list_hits": _one_of(*(f"{listing} {kind}" for listing in Listing for kind in ListKind)),
        "risk_flags": Texts("[A-Z][A-Z0-9_]{0,39}", "capitals, digits and _"),
        "currency": Texts("[A-Z]{3}", "three capitals"),
        "merchant_category": Texts("[0-9]{4}", "four digits"),
        "ip_address": Texts(r"[0-9.]+\.0/24|[0-9a-f:]+::/48", "a network such as 203.0.113.0/24"),
        "fraud_score": Numbers(0, MAX_SCORE),
        "fraud_probability": Numbers(0, 1),
        "fraud_count": Numbers(1),
        **dict.fromkeys(_COUNTED, Numbers(1)),
        **dict.fromkeys(_FROM_NOTHING, Numbers(0)),
    }
)
"""What is known of a field's values, by its name; any other may hold anything."""


def check_literals(expression: Expression) -> None:
    """Raise ExpressionError for a comparison that never holds, and for an expression that asks about nothing."""
    if not expression.names:
        raise ExpressionError("it asks about no field: it would hold always, or never")
    for name, sign, literal in _comparisons(expression.tree):
        held = HELD.get(name)
        if held and not held.meets(sign, literal):
            raise ExpressionError(f"a comparison with {name} never holds: it is {held.words}")


def _comparisons(node: Any) -> Iterator[tuple[str, str, Any]]:  # noqa: ANN401  rule-engine's nodes carry no types
    """Yield every field that is held against a literal, with the sign between them."""
    match node:
        case ast.LogicExpression():
            yield from _comparisons(node.left)
            yield from _comparisons(node.right)
        case ast.UnaryExpression(type="not"):
            yield from _comparisons(node.right)
        case ast.ComparisonExpression(
            left=ast.SymbolExpression() as fact, right=ast.LiteralExpressionBase() as literal
        ):
            yield fact.name, node.type, literal.value
        case ast.ComparisonExpression(
            left=ast.LiteralExpressionBase() as literal, right=ast.SymbolExpression() as fact
        ):
            yield fact.name, _MIRRORED.get(node.type, node.type), literal.value
        case ast.ContainsExpression(member=ast.SymbolExpression() as fact, container=ast.ArrayExpression() as texts):
            yield from ((fact.name, "eq", one.value) for one in texts.value)
        case ast.ContainsExpression(
            member=ast.LiteralExpressionBase() as literal, container=ast.SymbolExpression() as fact
        ):
            yield fact.name, "eq", literal.value
