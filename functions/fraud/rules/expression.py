"""Rule expressions: comparisons of fields, numbers and texts, joined by and, or and not.

The language is a small, total part of rule-engine's. The library folds constants and compiles regular expressions
while it parses, so an expression is read token by token against a list of what is allowed before the library sees it:
no function, attribute, index, comprehension, power, division or regular expression gets that far, and what does
always ends, without an error, within a bounded number of steps.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import localcontext
from difflib import get_close_matches
from typing import Any

import msgspec
import rule_engine
from rule_engine import DataType
from rule_engine.errors import EngineError

from fraud.errors import FraudError
from fraud.rules.evaluation import EXACT, holds
from fraud.rules.facts import FIELDS
from fraud.scoring.facts import Kind

MAX_LENGTH = 2_000
"""Characters of an expression."""
MAX_TOKENS = 200
"""Words, numbers, texts and signs of an expression, and so a bound on the nodes and the depth of its tree."""
MAX_NESTING = 16
"""Brackets within brackets."""

_WORDS = frozenset({"and", "or", "not", "in", "true", "false"})
_VALUES = frozenset({"true", "false"})
_SIGNS = frozenset({"==", "!=", "<", "<=", ">", ">=", "+", "-", "*"})
_TOKEN = re.compile(
    r"""(?P<space>[ \t\n]+)
      | (?P<number>[0-9]{1,15}(?:\.[0-9]{1,9})?(?![\w.]))
      | (?P<text>"[^"\\\n]*"|'[^'\\\n]*')
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?![\w"']))
      | (?P<sign>[=!<>+*-]+)
      | (?P<open>[(\[])
      | (?P<close>[)\]])
      | (?P<comma>,)""",
    re.VERBOSE | re.ASCII,
)
_ENGINE_TYPES = {
    Kind.NUMBER: DataType.FLOAT,
    Kind.TEXT: DataType.STRING,
    Kind.TEXTS: DataType.ARRAY(DataType.STRING),
    Kind.BOOLEAN: DataType.BOOLEAN,
}


class Language:
    """The fields that expressions may ask about, and their kinds."""

    def __init__(self, fields: Mapping[str, Kind]) -> None:
        self.fields = fields
        types = rule_engine.type_resolver_from_dict({name: _ENGINE_TYPES[kind] for name, kind in fields.items()})
        self.context = rule_engine.Context(type_resolver=types, decimal_context=EXACT)


OF_RULES = Language(FIELDS)
"""What rules are written in, which judge alerts."""


class ExpressionError(FraudError):
    """An expression that is refused; `position` is the character, from 1, where the trouble starts, if it has one."""

    def __init__(self, problem: str, position: int | None = None) -> None:
        super().__init__(f"{problem}, at character {position}" if position else problem)
        self.problem = problem
        self.position = position


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int

    @property
    def ends_a_value(self) -> bool:
        return self.kind in {"number", "text", "close"} or (self.kind == "name" and self.text not in _WORDS - _VALUES)


class Expression:
    """A condition on facts."""

    def __init__(self, text: str, language: Language = OF_RULES) -> None:
        """Check and compile. Raises ExpressionError."""
        tokens = _checked(text, language.fields)
        self.text = text
        self.names = tuple(dict.fromkeys(token.text for token in tokens if token.text in language.fields))
        """The fields that it asks about, in the order it names them."""
        self.tree = _compiled(text, language)
        """The root of rule-engine's tree, constants folded."""

    def holds(self, facts: msgspec.Struct) -> bool:
        """Tell whether the condition holds; what is unknown does not."""
        return holds(self.tree, lambda name: getattr(facts, name))

    def asked(self, facts: msgspec.Struct) -> Mapping[str, Any]:
        """Return the values of the fields that it asks about."""
        return {name: getattr(facts, name) for name in self.names}


def _checked(text: str, fields: Mapping[str, Kind]) -> list[_Token]:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"it is longer than {MAX_LENGTH} characters", MAX_LENGTH + 1)
    tokens: list[_Token] = []
    for token in _scan(text, fields):
        tokens.append(token)
        if len(tokens) > MAX_TOKENS:
            raise ExpressionError(f"it has more than {MAX_TOKENS} words and signs", token.position)
    if not tokens:
        raise ExpressionError("it is empty")
    _check_brackets(tokens)
    return tokens


def _scan(text: str, fields: Mapping[str, Kind]) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError("this is not part of the language of rules", position + 1)
        token = _Token(str(match.lastgroup), match[0], position + 1)
        position = match.end()
        if token.kind != "space":
            _check_word(token, fields)
            yield token


def _check_word(token: _Token, fields: Mapping[str, Kind]) -> None:
    if token.kind == "sign" and token.text not in _SIGNS:
        raise ExpressionError("there is no such operator", token.position)
    if token.kind == "name" and token.text not in fields and token.text not in _WORDS:
        near = get_close_matches(token.text, fields, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ExpressionError(f"there is no field {token.text[:64]}{hint}", token.position)


def _check_brackets(tokens: list[_Token]) -> None:
    depth, before = 0, None
    for token in tokens:
        if token.kind == "open" and before is not None and before.ends_a_value:
            raise ExpressionError("nothing can be called or indexed", token.position)
        depth += (token.kind == "open") - (token.kind == "close")
        if depth > MAX_NESTING:
            raise ExpressionError(f"brackets are nested deeper than {MAX_NESTING}", token.position)
        before = token


def _compiled(text: str, language: Language) -> Any:  # noqa: ANN401  rule-engine's nodes carry no types
    try:
        with localcontext(EXACT):  # it folds constants
            tree = rule_engine.Rule(text, context=language.context).statement.expression
    except EngineError as error:
        raise _refusal(error) from None
    _check_types(tree)
    if tree.result_type != DataType.BOOLEAN:
        raise ExpressionError(f"it must be true or false, not {_kind(tree)}")
    return tree


def _refusal(error: EngineError) -> ExpressionError:
    if not isinstance(error, rule_engine.errors.RuleSyntaxError):
        return ExpressionError(f"types do not fit: {error.message}")
    token = error.token
    return ExpressionError("a word is missing at the end") if token is None else _unexpected(token.lexpos + 1)


def _unexpected(position: int) -> ExpressionError:
    return ExpressionError("this does not belong here", position)


def _check_types(node: Any) -> None:  # noqa: ANN401  rule-engine's nodes carry no types
    """Refuse what rule-engine would quietly take for false: comparing different kinds, or a number for a condition."""
    match node:
        case rule_engine.ast.LogicExpression():
            _require(node.left, DataType.BOOLEAN)
            _require(node.right, DataType.BOOLEAN)
        case rule_engine.ast.UnaryExpression(type="not"):
            _require(node.right, DataType.BOOLEAN)
        case rule_engine.ast.UnaryExpression():
            _require(node.right, DataType.FLOAT)
        case rule_engine.ast.ComparisonExpression() if node.left.result_type != node.right.result_type:
            raise ExpressionError(f"{_kind(node.left)} cannot be compared with {_kind(node.right)}")
        case rule_engine.ast.ContainsExpression():
            _require(node.member, getattr(node.container.result_type, "value_type", DataType.STRING))
    for name in ("left", "right", "member", "container"):
        if hasattr(node, name):
            _check_types(getattr(node, name))


def _require(node: Any, wanted: Any) -> None:  # noqa: ANN401  likewise
    if node.result_type != wanted:
        raise ExpressionError(f"{_kind(node)} stands where {_named(wanted)} is needed")


_KIND_NAMES = {
    "FLOAT": "a number",
    "STRING": "a text",
    "ARRAY": "a list",
    "BOOLEAN": "a condition",
    "UNDEFINED": "nothing (the list is empty)",
}


def _kind(node: Any) -> str:  # noqa: ANN401  likewise
    return _named(node.result_type)


def _named(kind: Any) -> str:  # noqa: ANN401  likewise
    return _KIND_NAMES.get(kind.name, str(kind.name))
