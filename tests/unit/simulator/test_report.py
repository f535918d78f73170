from collections import Counter
from decimal import Decimal
from io import BytesIO

import numpy as np

from fraud.payments.disposition import Disposition
from simulator.messages.truth import CODE_OF, TRUTHS, Fault, Label, Truth
from simulator.publishing.ledger import Ledger
from simulator.publishing.session import Outcome
from simulator.report import delivery_lines, failure_lines, gateway_lines, ledger_lines, run_lines
from tests.unit.simulator.runs import a_run

SENT = np.zeros(len(TRUTHS), dtype=np.int64)
for _truth, _count in {
    Truth(Label.NORMAL): 900,
    Truth(Label.CARD_TESTING): 6,
    Truth(Label.NORMAL, resent=True): 20,
    Truth(Label.NORMAL, Fault.LATE): 5,
    Truth(Label.NORMAL, Fault.LATE, resent=True): 1,
    Truth(Label.NORMAL, Fault.BAD_JSON): 4,
}.items():
    SENT[CODE_OF[_truth]] = _count


def outcome(failures: Counter[str] | None = None, unconfirmed: int = 0) -> Outcome:
    return Outcome(SENT, 936, failures or Counter(), unconfirmed, seconds=2.0, cpu_seconds=0.5)


def test_the_rate_is_told_by_the_clock_and_by_the_processor() -> None:
    assert list(delivery_lines(outcome(), "payment-events")) == [
        "936 messages delivered to payment-events in 2.00 s: 468 events/s",
        "0.50 CPU-seconds: 1,872 events per CPU-second",
    ]


def test_what_was_sent_is_told_by_kind() -> None:
    lines = list(run_lines(a_run(Label.CARD_TESTING), outcome()))
    assert lines[0] == "sent: 906 payments, 21 sent again, 5 late, 4 malformed"
    assert lines[1].startswith("card-testing: ACC_100 to ACC_100, 6 charges each, TXN_")
    assert lines[2] == "the same events again: --seed 7 --start 2026-11-22T00:00:00.123456+00:00"


def test_ordinary_traffic_has_no_scenario() -> None:
    assert len(list(run_lines(a_run(), outcome()))) == 2


def test_every_failure_is_named() -> None:
    failed = outcome(Counter({"_MSG_TIMED_OUT": 3, "MSG_SIZE_TOO_LARGE": 1}), unconfirmed=2)
    assert not failed.complete
    assert list(failure_lines(failed)) == [
        "3 messages were not delivered: _MSG_TIMED_OUT",
        "1 messages were not delivered: MSG_SIZE_TOO_LARGE",
        "2 messages were not acknowledged in time: they may or may not be in Kafka",
    ]


def test_a_complete_delivery_has_no_failure() -> None:
    assert outcome().complete
    assert list(failure_lines(outcome())) == []


def test_a_ledger_is_summed_up_exactly() -> None:
    ledger = Ledger(BytesIO())
    ledger.dispositions.update({Disposition.LATE: 2, Disposition.ACCEPTED: 1_000})
    ledger.accepted.update({"USD": Decimal("1234567.80"), "JPY": Decimal(900)})
    assert list(ledger_lines(ledger)) == ["ACCEPTED 1,000, LATE 2", "accepted JPY 900", "accepted USD 1,234,567.80"]


def test_what_was_authorized_is_told() -> None:
    assert list(gateway_lines({})) == ["authorized: nothing"]
    assert list(gateway_lines({"declined": 2, "approved": 1_000, "unanswered": 3})) == [
        "authorized: 1,000 approved, 2 declined, 3 unanswered",
        "3 payments went out as they stood, since authorize_payment did not answer",
    ]
