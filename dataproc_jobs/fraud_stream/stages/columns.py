"""What an expression says of a batch, by columns: for each payment what `fraud.rules.evaluation` says of it alone.

Conditions on numbers, comparisons of a text with a written one and membership in lists are answered by whole columns;
what else the grammar allows (two texts compared, lists of lists) is asked of each payment by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import localcontext
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rule_engine import DataType, ast

from fraud.rules.evaluation import EXACT, OPERATORS, value_of
from fraud.scoring.facts import FIELDS, Kind
from fraud_stream.stages.numbers import Mask, Numbers, aligned, both_known, constant, of_column

_TYPES = {
    Kind.NUMBER: pa.int64(),
    Kind.TEXT: pa.string(),
    Kind.TEXTS: pa.list_(pa.string()),
    Kind.BOOLEAN: pa.bool_(),
}


class Truth(NamedTuple):
    """Where a condition surely holds, and where it surely does not; what is neither is unknown."""

    yes: Mask
    no: Mask


@dataclass(frozen=True)
class Facts:
    """The columns of a batch by the names of facts, each looked at once however many expressions ask for it."""

    rows: int
    columns: Mapping[str, pa.ChunkedArray]
    _plain: dict[str, pa.Array] = field(default_factory=dict)
    _numbers: dict[str, Numbers] = field(default_factory=dict)
    _truths: dict[str, Truth] = field(default_factory=dict)

    def plain(self, name: str) -> pa.Array:
        """Return a column in one piece; what the batch does not bring is unknown."""
        if name not in self._plain:
            held = self.columns.get(name)
            found = pa.nulls(self.rows, _TYPES[FIELDS[name]]) if held is None else held.combine_chunks()
            self._plain[name] = found
        return self._plain[name]

    def numbers(self, name: str) -> Numbers:
        """Return a column of numbers."""
        if name not in self._numbers:
            self._numbers[name] = of_column(self.plain(name))
        return self._numbers[name]

    def truth(self, name: str) -> Truth:
        """Return a column of conditions."""
        if name not in self._truths:
            self._truths[name] = _of_booleans(self.plain(name))
        return self._truths[name]


def truth_of(node: Any, facts: Facts) -> Truth:  # noqa: ANN401  rule-engine's nodes carry no types
    """Return what a condition says of every payment."""
    match node:
        case ast.BooleanExpression():
            return _everywhere(node.value, facts.rows)
        case ast.SymbolExpression():
            return facts.truth(node.name)
        case ast.UnaryExpression():
            return opposite(truth_of(node.right, facts))
        case ast.LogicExpression():
            return _joined(node.type, truth_of(node.left, facts), truth_of(node.right, facts))
        case ast.ComparisonExpression() if node.left.result_type == DataType.FLOAT:
            return _compared(node.type, _number(node.left, facts), _number(node.right, facts), facts.rows)
    return _of_text(node, facts) or _one_by_one(node, facts)


def opposite(truth: Truth) -> Truth:
    """Return where the opposite of a condition holds."""
    return Truth(truth.no, truth.yes)


def _of_text(node: Any, facts: Facts) -> Truth | None:  # noqa: ANN401  likewise
    """Return what a plain question about a text or a list says; None for any other."""
    match node:
        case ast.ComparisonExpression(
            type="eq" | "ne", left=ast.SymbolExpression(name=name), right=ast.StringExpression(value=text)
        ):
            found = _of_booleans(pc.equal(facts.plain(name), text))
            return found if node.type == "eq" else opposite(found)
        case ast.ContainsExpression(member=ast.SymbolExpression(name=name), container=ast.ArrayExpression(value=texts)):
            if all(isinstance(one, ast.StringExpression) for one in texts):
                return _among(facts.plain(name), [one.value for one in texts])
        case ast.ContainsExpression(member=ast.StringExpression(value=text), container=ast.SymbolExpression(name=name)):
            return _held(text, facts.plain(name)) if FIELDS[name] is Kind.TEXTS else None
    return None


def _number(node: Any, facts: Facts) -> Numbers:  # noqa: ANN401  likewise
    match node:
        case ast.SymbolExpression():
            return facts.numbers(node.name)
        case ast.FloatExpression():
            return constant(node.value)
        case ast.UnaryExpression():
            return _number(node.right, facts).negative()
    left, right = _number(node.left, facts), _number(node.right, facts)
    return left.product(right) if node.type == "mul" else left.joined(right, OPERATORS[node.type])


def _compared(sign: str, left: Numbers, right: Numbers, rows: int) -> Truth:
    known = both_known(left, right)
    left, right = aligned(left, right)
    yes = np.broadcast_to(np.asarray(OPERATORS[sign](left.units, right.units), np.bool_), rows)
    return Truth(yes, ~yes) if known is None else Truth(yes & known, ~yes & known)


def _joined(word: str, left: Truth, right: Truth) -> Truth:
    if word == "or":
        return Truth(left.yes | right.yes, left.no & right.no)
    return Truth(left.yes & right.yes, left.no | right.no)


def _of_booleans(column: pa.Array) -> Truth:
    yes: Mask = column.fill_null(fill_value=False).to_numpy(zero_copy_only=False)
    if column.null_count == 0:
        return Truth(yes, ~yes)
    return Truth(yes, pc.invert(column).fill_null(fill_value=False).to_numpy(zero_copy_only=False))


def _everywhere(value: bool, rows: int) -> Truth:
    return Truth(np.full(rows, value), np.full(rows, not value))


def _among(column: pa.Array, written: list[str]) -> Truth:
    yes: Mask = pc.is_in(column, pa.array(written, pa.string()), skip_nulls=True).to_numpy(zero_copy_only=False)
    return Truth(yes, ~yes & column.is_valid().to_numpy(zero_copy_only=False))


def _held(written: str, column: pa.Array) -> Truth:
    holders = pc.list_parent_indices(column).filter(pc.equal(pc.list_flatten(column), written))
    yes = np.zeros(len(column), np.bool_)
    yes[holders.to_numpy()] = True
    return Truth(yes, ~yes & column.is_valid().to_numpy(zero_copy_only=False))


def _one_by_one(node: Any, facts: Facts) -> Truth:  # noqa: ANN401  likewise
    names = sorted(set(_names(node)))
    rows = zip(*(facts.plain(name).to_pylist() for name in names), strict=True) if names else [()] * facts.rows
    with localcontext(EXACT):
        values = [value_of(node, dict(zip(names, row, strict=True)).__getitem__) for row in rows]
    return Truth(*(np.array([value is wanted for value in values], np.bool_) for wanted in (True, False)))


def _names(node: Any) -> Iterator[str]:  # noqa: ANN401  likewise
    if isinstance(node, ast.SymbolExpression):
        yield node.name
    inner = [getattr(node, name) for name in ("left", "right", "member", "container") if hasattr(node, name)]
    for one in [*inner, *(node.value if isinstance(node, ast.ArrayExpression) else ())]:
        yield from _names(one)
