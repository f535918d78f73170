"""The tables beside the audit: the positions that belong there, each transaction once, equal sums."""

from typing import Any

from reconciliation.finding import MOST, Difference, Finding, position
from reconciliation.tables import Tables

_IDS_DIFFER = "under another transaction id than in the audit"


def check_stored(tables: Tables) -> Finding:
    """Compare each table's positions and transaction ids with what the audit says belongs there."""
    differences = [
        Difference(position(row["kafka_partition"], row["kafka_offset"]), _what(row))
        for row in tables.rows("stored", most=MOST)
    ]
    return Finding("tables against audit", "payments, fraud, alerts, late events, dead letters", differences)


def _what(row: dict[str, Any]) -> str:
    if row["expected_rows"] == row["stored_rows"] == 1:
        return f"{row['held_in']}: {_IDS_DIFFER}"
    return f"{row['held_in']}: {row['stored_rows']} rows instead of {row['expected_rows']}"


def check_unique(tables: Tables) -> Finding:
    """Look for transactions that were accepted twice within an hour."""
    differences = [
        Difference(position(row["kafka_partition"], row["kafka_offset"]), "its transaction had been accepted before")
        for row in tables.rows("repeated_transactions", most=MOST)
    ]
    return Finding("transactions accepted once", "accepted payments", differences)


def check_sums(tables: Tables) -> list[Finding]:
    """Compare the sum of each currency in both tables of accepted payments."""
    return [
        Finding(
            f"sum of {row['currency']}",
            f"{row['transaction_amount']:f}",
            [Difference("", f"payment_transactions_fraud has {row['fraud_amount']:f}")]
            if row["transaction_amount"] != row["fraud_amount"]
            else (),
        )
        for row in tables.rows("sums")
    ]
