"""The columns say what the rows say: of valid, of nearly valid and of other events, alone and among others."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.masking.key import HmacKey, Scheme
from fraud.payments.card_number import CardRule
from fraud.payments.event import PaymentEvent, decode_event, parse_payment
from fraud_stream.stages import judgement, masking
from fraud_stream.stages.judgement import judge_all
from fraud_stream.stages.masking import EVENT, TIMESTAMP, VERDICT, mask_batch
from fraud_stream.stages.octets import Mask
from tests.builders import NOON, Position, as_json, payment_event, payment_json, raw_batch
from tests.masked_rows import masked_rows
from tests.unit.fraud.doubtful_events import VALUES, written_events

KEY = HmacKey("1", bytes(range(32)))
CASES = [(field, value) for field, values in VALUES.items() for value in values]


def by_column(values: list[bytes], key: HmacKey = KEY) -> list[dict[str, object]]:
    batch = mask_batch(raw_batch([Position(value=value) for value in values]), key)
    rows: list[dict[str, object]] = batch.select([*VERDICT.names, *EVENT.names]).to_pylist()
    return rows


def by_row(values: list[bytes], key: HmacKey = KEY) -> list[dict[str, object]]:
    columns = masking._timely(masked_rows(values, [1] * len(values), key), pa.array([NOON] * len(values), TIMESTAMP))
    names = [*VERDICT.names, *EVENT.names]
    rows: list[dict[str, object]] = pa.RecordBatch.from_arrays(columns[: len(names)], names).to_pylist()
    return rows


@pytest.mark.parametrize("field", VALUES)
def test_every_case_of_a_field_by_itself_and_among_the_others(field: str) -> None:
    values = [as_json(payment_event(**{field: value})) for value in VALUES[field]]
    assert [row for value in values for row in by_column([value])] == by_row(values)
    assert by_column(values) == by_row(values)


def test_every_case_in_one_batch() -> None:
    values = [as_json(payment_event(**{field: value})) for field, value in CASES]
    assert by_column(values * 8) == by_row(values) * 8  # more than are taken at once
    assert len(values) * 8 > masking._AT_ONCE


@settings(max_examples=60, deadline=None)
@given(st.lists(written_events(), min_size=1, max_size=6))
def test_columns_and_rows_agree(values: list[bytes]) -> None:
    assert by_column(values) == by_row(values)


def test_both_hash_alike_under_the_old_scheme() -> None:
    key = HmacKey("1", bytes(range(32)), Scheme.WITH_CVV)
    assert by_column([payment_json()], key) == by_row([payment_json()], key) != by_row([payment_json()])


@settings(max_examples=60, deadline=None)
@given(st.lists(written_events(), min_size=1, max_size=6))
def test_what_the_columns_are_sure_of_is_a_payment(values: list[bytes]) -> None:
    """Held without the net: whatever is not left to `judge` must be what `parse_payment` makes of it."""
    events, _ = masking._decoded(pa.array(values, pa.binary()), pa.array([1] * len(values)))
    doubts: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        settle = judgement._with_doubts_settled

        def noted(found: judgement.Judged, of: list[PaymentEvent], doubtful: Mask, rule: CardRule) -> judgement.Judged:
            doubts.extend(doubtful.nonzero()[0].tolist())
            return settle(found, of, doubtful, rule)

        patch.setattr(judgement, "_with_doubts_settled", noted)
        judged = judge_all(list(events.values()))
    for place, row in enumerate(events):
        if place not in doubts:
            payment = parse_payment(values[row])
            assert judged.event_time[place].as_py() == payment.event_time
            assert judged.amount[place].as_py() == payment.amount
            assert judged.card_digits[place].as_py() == payment.card_digits
            assert judged.ip_network[place].as_py() == payment.ip_network


def test_the_ordinary_event_is_left_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judgement, "judge", None)
    ordinary = [
        payment_json(),
        payment_json(credit_card="4111-1111-1111-1111", ip_address="2001:db8::1", user_email=None),
        payment_json(transaction_id="0b54cbf1-6d2b-4f0e-9f6e-1c4b8f0f4a11", event_time="2024-02-29T12:00:00.000001Z"),
        payment_json(amount=7, currency="JPY", device_id="353918052107063", merchant_id="20261128000000000001"),
    ]
    assert judge_all([decode_event(value) for value in ordinary]).refused == {}
