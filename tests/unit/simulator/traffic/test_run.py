import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

import pytest

from fraud.payments.event import InvalidPaymentError, PaymentEvent, parse_payment
from fraud.payments.money import MINOR_DIGITS
from simulator.faults.malformation import MOST_OVERSIZED
from simulator.faults.shares import NO_FAULTS, Shares
from simulator.messages.truth import TRUTHS, Fault, Label, Truth
from simulator.moments import HOUR, MINUTE, SECOND, micros
from simulator.traffic.run import Run
from tests.unit.simulator.runs import START, a_run

KEYS = PaymentEvent.__struct_fields__
WELL_FORMED = {Fault.NONE, Fault.LATE, Fault.FUTURE_CLOCK}


class Sent(NamedTuple):
    due: int
    key: bytes | None
    value: bytes | None
    truth: Truth


def messages(run: Run) -> Iterator[Sent]:
    for block in run.blocks():
        truths = (TRUTHS[code] for code in block.truths.tolist())
        yield from map(Sent, block.due.tolist(), block.keys, block.values, truths)


@pytest.fixture(scope="module")
def sent() -> list[Sent]:
    return list(messages(a_run(Label.CARD_TESTING)))


def test_the_same_run_gives_the_same_bytes_in_the_same_order(sent: list[Sent]) -> None:
    assert list(messages(a_run(Label.CARD_TESTING))) == sent


@pytest.mark.parametrize("other", [a_run(seed=8), a_run(start=START + 1), a_run(rate=499.0)])
def test_another_run_shares_no_transaction(other: Run) -> None:
    one, two = (
        {json.loads(message.value or b"{}")["transaction_id"] for message in messages(run) if not faulty(message)}
        for run in (a_run(), other)
    )
    assert one.isdisjoint(two)


def faulty(message: Sent) -> bool:
    return message.truth.fault is not Fault.NONE


def test_messages_are_in_the_order_they_are_due(sent: list[Sent]) -> None:
    assert all(earlier.due <= later.due for earlier, later in pairwise(sent))


def test_a_run_says_how_many_messages_it_has(sent: list[Sent]) -> None:
    assert len(sent) == len(a_run(Label.CARD_TESTING)) == 20_006


def test_a_run_says_when_it_ends(sent: list[Sent]) -> None:
    assert a_run().end == START + 40 * SECOND
    assert a_run(Label.CARD_TESTING).end == START + 55 * SECOND == START + sent[-1].due


def test_the_contract_takes_what_is_well_formed_and_refuses_the_rest(sent: list[Sent]) -> None:
    for message in sent:
        if message.truth.fault in WELL_FORMED:
            parse_payment(message.value or b"")
        elif message.value is not None:
            with pytest.raises(InvalidPaymentError):
                parse_payment(message.value)


def test_every_kind_of_fault_occurs_in_a_short_run(sent: list[Sent]) -> None:
    assert {message.truth.fault for message in sent} == set(Fault)


def test_keys_of_an_event_are_in_the_order_of_the_contract(sent: list[Sent]) -> None:
    seen = {tuple(json.loads(message.value or b"{}")) for message in sent if not faulty(message)}
    assert seen == {KEYS, tuple(key for key in KEYS if key != "user_email")}


def test_the_kafka_key_is_the_senders_account(sent: list[Sent]) -> None:
    for message in sent:
        if message.truth.fault in WELL_FORMED:
            assert message.key == parse_payment(message.value or b"").event.sender_account_id.encode()


def test_amounts_have_exactly_their_currencys_minor_digits(sent: list[Sent]) -> None:
    for message in sent:
        if not faulty(message):
            event = json.loads(message.value or b"{}", parse_float=Decimal, parse_int=Decimal)
            assert -event["amount"].as_tuple().exponent == MINOR_DIGITS[event["currency"]]


def test_event_times_follow_when_messages_are_due(sent: list[Sent]) -> None:
    for message in sent:
        if not faulty(message) and not message.truth.resent:
            assert micros(parse_payment(message.value or b"").event_time) == START + message.due


def test_late_payments_are_two_hours_late_and_fast_clocks_run_past_the_end_of_the_run(sent: list[Sent]) -> None:
    for message in sent:
        if message.truth == Truth(Label.NORMAL, Fault.LATE):
            assert micros(parse_payment(message.value or b"").event_time) == START + message.due - 2 * HOUR
        if message.truth.fault is Fault.FUTURE_CLOCK:
            assert micros(parse_payment(message.value or b"").event_time) > a_run().end + 5 * MINUTE


def test_shares_are_those_asked_for(sent: list[Sent]) -> None:
    resent = sum(message.truth.resent for message in sent)
    late = sum(message.truth.fault is Fault.LATE for message in sent)
    malformed = sum(message.truth.fault not in {Fault.NONE, Fault.LATE} for message in sent)
    assert resent / len(sent) == pytest.approx(0.02, rel=0.2)
    assert late / len(sent) == pytest.approx(0.005, rel=0.3)
    assert malformed / len(sent) == pytest.approx(0.01, rel=0.2)


def test_without_faults_every_message_is_a_new_payment() -> None:
    ids = [parse_payment(message.value or b"").event.transaction_id for message in messages(a_run(shares=NO_FAULTS))]
    assert len(set(ids)) == len(ids) == 20_000


def test_resends_are_byte_for_byte_what_went_out_within_the_last_seconds(sent: list[Sent]) -> None:
    first: dict[bytes | None, int] = {}
    for message in sent:
        if message.truth.resent:
            assert message.value in first
        else:
            first[message.value] = message.due
    delays = [message.due - first[message.value] for message in sent if message.truth.resent and message.value]
    assert 0 < max(delays) < 30 * SECOND


def test_oversized_garbage_is_rare_and_has_no_key() -> None:
    run = a_run(ordinary=5_000, shares=Shares(duplicates=0.3, malformed=0.5))
    oversized = [message for message in messages(run) if len(message.value or b"") > 1_000_000]
    assert 1 <= len(oversized) <= MOST_OVERSIZED
    assert {message.key for message in oversized} == {None}


def test_an_ordinary_account_hardly_ever_pays_four_times_in_a_minute() -> None:
    payers = Counter(message.key for message in messages(a_run(ordinary=30_000, shares=NO_FAULTS)))
    assert sum(count for count in payers.values() if count > 3) < 0.001 * payers.total()


def test_a_scenario_alone_has_no_ordinary_traffic() -> None:
    run = a_run(Label.LEGITIMATE_BURST, rate=0.0, ordinary=0)
    assert {message.truth for message in messages(run)} == {Truth(Label.LEGITIMATE_BURST)}
    assert len(run) == 4


def test_scripted_messages_always_go_out_and_without_faults(sent: list[Sent]) -> None:
    scripted = [message for message in sent if message.truth.label is Label.CARD_TESTING and not message.truth.resent]
    assert len(scripted) == 6
    assert {message.truth.fault for message in scripted} == {Fault.NONE}


def test_cards_of_a_run_are_written_in_every_way(sent: list[Sent]) -> None:
    cards = [parse_payment(message.value or b"").event.credit_card for message in sent if not faulty(message)]
    assert {separator for card in cards for separator in "- " if separator in card} == {"-", " "}
    assert {len(card) for card in cards if card.isdigit()} == {14, 15, 16, 19}
