import string
from contextlib import suppress
from decimal import Decimal
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.cards import Action
from fraud.rules.expression import MAX_LENGTH, MAX_NESTING, MAX_TOKENS, Expression, ExpressionError
from fraud.rules.facts import FIELDS
from tests.builders import make_facts

FACTS = make_facts(
    fraud_count=4,
    in_force=Action.REQUIRE_3DS,
    amount=Decimal("0.30"),
    fraud_score=81,
    velocity_60s=4,
    currency="USD",
    region="US-CA-LA",
    risk_flags=["VELOCITY_60S", "GEO_CHANGE"],
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("fraud_score > 80", True),
        ("fraud_score > 81", False),
        ("fraud_count > 5 or velocity_60s >= 4", True),
        ("fraud_count > 5 and velocity_60s >= 4", False),
        ("amount == 0.1 + 0.2", True),  # exact: no binary fractions
        ("amount * 10 - 1 < 2.01 and -amount < 0", True),
        ("'GEO_CHANGE' in risk_flags", True),
        ('"HIGH_AMOUNT" not in risk_flags', True),
        ("currency in ['USD', 'EUR']", True),
        ("'CA' in region", True),
        ("not (currency == 'USD')", False),
        ("card_action == 'REQUIRE_3DS'", True),
        ("card_action != 'NONE'\n  and type == 'VELOCITY'", True),
        ("true", True),
    ],
)
def test_it_holds_as_written(text: str, holds: bool) -> None:
    assert Expression(text).holds(FACTS) is holds


@pytest.mark.parametrize(
    ("text", "problem", "position"),
    [
        ("fraud_scor > 1", "there is no field fraud_scor; did you mean fraud_score?", 1),
        ("fraud_score > 1 and card_token == 'x'", "there is no field card_token", 21),
        ("while true", "there is no field while", 1),
        ("[x for x in risk_flags]", "there is no field x", 2),
        ("$now > 1", "not part of the language", 1),
        ("region.length > 1", "not part of the language", 7),
        ("fraud_score > 80 # always", "not part of the language", 18),
        ("fraud_score / 0 > 1", "not part of the language", 13),
        ("d'2026-01-01' > 1", "not part of the language", 1),
        ("1e9 > 1", "not part of the language", 1),
        ("region == 'a\\'b'", "not part of the language", 11),
        ("9 ** 999999999 > 1", "no such operator", 3),
        ("1 << 999999999 > 1", "no such operator", 3),
        ("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' =~ '(a+)+$'", "no such operator", 44),
        ("region[0] == 'U'", "nothing can be called or indexed", 7),
        ("fraud_score(1)", "nothing can be called or indexed", 12),
        ("fraud_score fraud_score", "does not belong here", 13),
        ("1 < fraud_score < 3", "does not belong here", 17),
        ("fraud_score >", "a word is missing at the end", None),
        ("(fraud_score > 1", "a word is missing at the end", None),
        (" \t\n", "it is empty", None),
        ("fraud_score", "must be true or false, not a number", None),
        ("fraud_score > 1 and currency", "a text stands where a condition is needed", None),
        ("not fraud_score", "a number stands where a condition is needed", None),
        ("-currency == 'a'", "a text stands where a number is needed", None),
        ("currency == 5", "a text cannot be compared with a number", None),
        ("currency > 5", "types do not fit", None),
        ("5 in risk_flags", "a number stands where a text is needed", None),
        ("currency in []", "the list is empty", None),
    ],
)
def test_anything_else_is_refused_with_the_place(text: str, problem: str, position: int | None) -> None:
    with pytest.raises(ExpressionError, match=problem.replace("?", r"\?")) as refused:
        Expression(text)
    assert refused.value.position == position


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("x" * 1_000_000, MAX_LENGTH + 1),
        ("true".ljust(MAX_LENGTH + 1), MAX_LENGTH + 1),
        ("(" * (MAX_NESTING + 1) + "true" + ")" * (MAX_NESTING + 1), MAX_NESTING + 1),
        ("not " * MAX_TOKENS + "true", 4 * MAX_TOKENS + 1),
        (" or ".join(["true"] * MAX_TOKENS), None),
    ],
)
def test_what_is_long_or_deep_is_refused_at_once(text: str, position: int | None) -> None:
    began = perf_counter()
    with pytest.raises(ExpressionError) as refused:
        Expression(text)
    assert perf_counter() - began < 1
    assert refused.value.position == position or position is None


@pytest.mark.parametrize(
    "text",
    [
        "true".ljust(MAX_LENGTH),
        "not " * (MAX_TOKENS - 1) + "true",
        "- " * (MAX_TOKENS - 3) + "1 < 2",
        " or ".join(["fraud_score < 0"] * (MAX_TOKENS // 4)),
        "(" * MAX_NESTING + "true" + ")" * MAX_NESTING,
        "*".join(["999999999999999"] * (MAX_TOKENS // 2 - 1)) + " > 1",
    ],
)
def test_the_longest_and_deepest_that_is_allowed_is_answered(text: str) -> None:
    assert Expression(text).holds(FACTS) in {True, False}


def test_it_knows_what_it_asks_about() -> None:
    expression = Expression("velocity_60s >= 5 or fraud_count > 5 and velocity_60s > 2 or 'amount' == currency")
    assert expression.names == ("velocity_60s", "fraud_count", "currency")
    assert expression.asked(FACTS) == {"velocity_60s": 4, "fraud_count": 4, "currency": "USD"}


WORDS = [
    *FIELDS,
    "and",
    "or",
    "not",
    "in",
    "true",
    "0",
    "2.5",
    "'USD'",
    "[",
    "]",
    "(",
    ")",
    ",",
    "==",
    "<",
    "+",
    "*",
    "- ",
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_an_expression_is_refused_or_always_has_an_answer(words: list[str]) -> None:
    try:
        expression = Expression(" ".join(words))
    except ExpressionError:
        return
    assert expression.holds(FACTS) in {True, False}


def operands(kind: str) -> st.SearchStrategy[str]:
    numbers = st.sampled_from(["fraud_score", "amount", "velocity_60s", "0", "79.5"])
    texts = st.sampled_from(["currency", "region", "'USD'", '""'])
    return numbers if kind == "number" else texts


def conditions() -> st.SearchStrategy[str]:
    signs = st.sampled_from(["==", "!="])
    simple = st.one_of(
        st.builds("{} {} {}".format, operands("number"), st.sampled_from(["<", ">=", "=="]), operands("number")),
        st.builds("{} {} {}".format, operands("text"), signs, operands("text")),
        st.builds("{} in [{}, {}]".format, operands("text"), operands("text"), operands("text")),
        st.builds("{} in risk_flags".format, operands("text")),
    )
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
            st.builds("not ({})".format, inner),
        ),
        max_leaves=8,
    )


@settings(max_examples=150, deadline=None)
@given(conditions())
def test_a_well_formed_condition_and_its_opposite_disagree(text: str) -> None:
    assert Expression(text).holds(FACTS) is not Expression(f"not ({text})").holds(FACTS)


@settings(max_examples=300, deadline=None)
@given(st.text(string.printable, max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(ExpressionError):
        Expression(text).holds(FACTS)
