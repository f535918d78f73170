"""What is known of past payments: a person's verdict, or the simulator's word for what it did."""

from pathlib import Path

import msgspec

from fraud_lab.errors import LabError

FRAUD = frozenset(
    {
        "card-testing",
        "account-takeover",
        "distributed-testing",
        "slow-testing",
        "bust-out",
        "card-spread",
        "mule",
    }
)
LEGITIMATE = frozenset(
    {
        "normal",
        "legitimate-burst",
        "mall",
        "transit",
        "in-app",
        "split-tender",
        "midnight-renewals",
        "family-device",
        "corporate-card",
        "traveller",
        "new-phone",
        "carrier-nat",
    }
)


class _Entry(msgspec.Struct):
    """What the lab reads of a line of the simulator's ledger."""

    transaction_id: str | None
    label: str


_DECODER = msgspec.json.Decoder(_Entry)


def of_ledger(file: Path) -> dict[str, bool]:
    """Return which transactions of a simulator's ledger were fraud. Raises LabError, naming the line."""
    labels: dict[str, bool] = {}
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                entry = _entry(line, f"{file}, line {number}")
                if entry.transaction_id:
                    labels[entry.transaction_id] = entry.label in FRAUD
    except OSError as error:
        raise LabError(f"{file}: {error.strerror}") from error
    return labels


def _entry(line: bytes, place: str) -> _Entry:
    try:
        entry = _DECODER.decode(line)
    except msgspec.DecodeError as error:
        raise LabError(f"{place}: this is no entry of a ledger") from error
    if entry.label not in FRAUD | LEGITIMATE:
        raise LabError(f"{place}: there is no such label")
    return entry
