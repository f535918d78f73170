"""A batch asked by columns gives, payment by payment, the answer of each payment by itself."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
import numpy as np
import pyarrow as pa
import pytest
import rule_engine
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.detections.detection import LANGUAGE
from fraud.rules.evaluation import EXACT
from fraud.rules.expression import Expression
from fraud.scoring.facts import FIELDS, PaymentFacts
from fraud_stream.stages.columns import Facts, truth_of
from tests.builders import make_payment_facts
from tests.unit.fraud.expressions import conditions

TYPES: Mapping[str, pa.DataType] = {
    "amount": pa.decimal128(18, 3),
    "amount_usd": pa.decimal128(38, 9),
    "account_usd_1h": pa.decimal128(38, 9),
    "velocity_60s": pa.int64(),
    "card_small_1h": pa.int64(),
    "amount_to_habit": pa.float64(),
    "fraud_probability": pa.float64(),
    "geographic_risk": pa.bool_(),
    "known_device": pa.bool_(),
    "list_hits": pa.list_(pa.string()),
    **dict.fromkeys(["sender_account_id", "currency", "region", "device_id", "ip_address", "status"], pa.string()),
}
"""`features_complete` is left out: what a batch does not bring is unknown."""


def decimals(digits: int, most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most).map(lambda units: Decimal(units).scaleb(-digits))


def payments() -> st.SearchStrategy[PaymentFacts]:
    unknown, texts = st.none(), st.sampled_from(["USD", "A", "AUSD", ""])
    fractions = st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 1) | st.sampled_from([0.333333, 2.0])
    return st.builds(
        make_payment_facts,
        sender_account_id=st.integers(0, 20).map("ACC_{}".format),
        amount=decimals(3, 10**18 - 1) | decimals(3, 3_000),
        amount_usd=decimals(2, 10**26) | decimals(2, 30_000),
        account_usd_1h=unknown | decimals(2, 10**20) | decimals(2, 30_000),
        velocity_60s=st.integers(0, 4),
        card_small_1h=unknown | st.integers(0, 3) | st.integers(0, 2**62),
        amount_to_habit=unknown | fractions,
        fraud_probability=unknown | fractions,
        geographic_risk=st.booleans(),
        known_device=unknown | st.booleans(),
        list_hits=st.lists(st.sampled_from(["A", "USD"]), max_size=2),
        currency=texts,
        region=texts,
        device_id=texts,
        ip_address=unknown | texts,
        status=unknown | texts,
    )


def columns(payments: Sequence[PaymentFacts]) -> Facts:
    rows = [msgspec.structs.asdict(payment) for payment in payments]
    table = pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in TYPES.items()})
    return Facts(len(rows), dict(zip(table.column_names, table.columns, strict=True)))


def sliced(facts: Facts, start: int, stop: int) -> Facts:
    return Facts(stop - start, {name: column.slice(start, stop - start) for name, column in facts.columns.items()})


@settings(max_examples=400)
@given(conditions(), st.lists(payments(), max_size=4), st.data())
def test_a_batch_and_its_slices_are_answered_as_each_payment_is(
    text: str, batch: list[PaymentFacts], data: st.DataObject
) -> None:
    expression = Expression(text, LANGUAGE)
    alone = [expression.holds(payment) for payment in batch]
    facts = columns(batch)
    truth = truth_of(expression.tree, facts)
    assert truth.yes.tolist() == alone
    assert not (truth.yes & truth.no).any()
    cut = data.draw(st.integers(0, len(batch)))
    parts = [truth_of(expression.tree, sliced(facts, *ends)).yes for ends in ((0, cut), (cut, len(batch)))]
    assert np.concatenate(parts).tolist() == alone


@settings(max_examples=200)
@given(conditions(), payments())
def test_where_everything_is_known_the_library_gives_the_same_answer(text: str, payment: PaymentFacts) -> None:
    known = {
        "account_usd_1h": Decimal("3.10"),
        "card_small_1h": 2,
        "amount_to_habit": Decimal("0.333333"),
        "fraud_probability": Decimal("0.5"),
        "known_device": True,
        "features_complete": False,
        "ip_address": "A",
        "status": "USD",
    }
    payment = msgspec.structs.replace(payment, **known)
    rule = rule_engine.Rule(
        text,
        rule_engine.Context(
            type_resolver=LANGUAGE.context.resolve_type, resolver=rule_engine.resolve_item, decimal_context=EXACT
        ),
    )
    assert Expression(text, LANGUAGE).holds(payment) is rule.evaluate(msgspec.structs.asdict(payment))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("card_small_1h > 1", False),
        ("not (card_small_1h > 1)", False),
        ("card_small_1h != 1", False),
        ("card_small_1h == card_small_1h", False),
        ("known_device or true", True),
        ("known_device and false", False),
        ("not (known_device and false)", True),
        ("not known_device", False),
        ("card_small_1h in [1, 2]", False),
        ("status not in ['A']", False),
        ("card_small_1h * 0 == 0", False),
    ],
)
def test_what_is_unknown_never_holds(text: str, holds: bool) -> None:
    payment = make_payment_facts(card_small_1h=None, known_device=None, status=None)
    expression = Expression(text, LANGUAGE)
    assert expression.holds(payment) is holds
    assert truth_of(expression.tree, columns([payment])).yes.tolist() == [holds]


def test_money_beyond_sixty_four_bits_is_exact() -> None:
    dear = [make_payment_facts(amount_usd=Decimal(f"99999999999999999999.0{cents}")) for cents in (1, 2, 3)]
    expression = Expression("amount_usd * 3 > 99999999999999.999999 * 3000000 + 3000000 - 3 + 0.05 + 0.003", LANGUAGE)
    alone = [expression.holds(payment) for payment in dear]
    assert truth_of(expression.tree, columns(dear)).yes.tolist() == alone


def test_every_fact_has_a_column_of_its_kind() -> None:
    assert set(TYPES) < set(FIELDS)


def test_no_rows_take_any_number() -> None:
    expression = Expression("amount == amount * 999999999999999.999999999 + 0.000000001", LANGUAGE)
    for batch in ([], [make_payment_facts(amount=Decimal(0))]):
        assert truth_of(expression.tree, columns(batch)).yes.tolist() == [expression.holds(one) for one in batch]
