from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from fraud.payments.disposition import Disposition
from fraud_lab.errors import LabError
from fraud_lab.labels import FRAUD, LEGITIMATE, of_ledger
from simulator.messages.truth import Label
from simulator.publishing.ledger import Entry


def line(transaction_id: str | None, label: str) -> bytes:
    entry = Entry(
        topic="payment-events",
        partition=0,
        offset=1,
        transaction_id=transaction_id,
        disposition=Disposition.ACCEPTED,
        kind=None,
        label=label,
        amount=format(Decimal("1.00"), "f"),
    )
    return msgspec.json.encode(entry) + b"\n"


def test_the_simulators_ledger_says_what_was_fraud(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    ledger.write_bytes(line("a", Label.CARD_TESTING) + line("b", Label.NORMAL) + line(None, Label.NORMAL))
    assert of_ledger(ledger) == {"a": True, "b": False}


def test_every_label_of_the_simulator_is_known() -> None:
    assert {label.value for label in Label} == FRAUD | LEGITIMATE


@pytest.mark.parametrize(
    ("content", "told"), [(b"{}\n", "line 2"), (b"x", "line 2"), (line("c", "odd"), "no such label")]
)
def test_a_line_that_is_no_entry_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    ledger = tmp_path / "ledger"
    ledger.write_bytes(line("a", Label.NORMAL) + content)
    with pytest.raises(LabError, match=told):
        of_ledger(ledger)


def test_a_ledger_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="none: No such file"):
        of_ledger(tmp_path / "none")
