"""A subject's rows in BigQuery: counted, erased, or marked as erased where the row itself is the evidence.

BigQuery queues at most 20 mutating statements a table, so one statement a table serves a whole run of requests. The
statements of different tables go on side by side; the worker's lease lets one such set go on at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from fraud.erasure.bound import Offsets
from fraud.erasure.request import Erasure, Run, Tally
from fraud.subjects.subject import Subject
from fraud_service.stores.side_by_side import side_by_side
from fraud_service.stores.warehouse import Warehouse

TABLES = (
    "payment_transactions",
    "payment_transactions_fraud",
    "fraud_velocity_alerts",
    "payment_late_events",
    "payment_labels",
)
"""Every table whose rows go; `payment_dead_letters` holds positions and reasons only, nothing of a subject."""

AUDIT = "pii_masking_audit"
"""Its rows stay, as evidence of what was masked and erased: the address goes, pii_hash and card_token stay."""

AUDIT_STORE = f"bigquery.{AUDIT}"
PATIENCE_S = 20.0
"""For a query whose answer somebody waits for; the page waits a minute for a report."""

_CARDS = "card_token in unnest(@card_tokens)"
_SUBJECTS = f"({_CARDS} or pii_hash in unnest(@pii_hashes))"
_UNMARKED = "(not erasure_requested or erasure_timestamp is null or user_email is not null)"


@dataclass(frozen=True)
class SubjectRows:
    """The tables of the contract; `topic` is the raw topic whose offsets bound a sweep."""

    warehouse: Warehouse
    topic: str

    def count(self, run: Run, _now: datetime) -> Tally:
        """Return how many rows each erasure finds, by request and table."""
        counts = run.tally(f"bigquery.{table}" for table in (*TABLES, AUDIT))
        selects = [self._counting(table, run) for table in TABLES] + [self._counting(AUDIT, run, _UNMARKED)]
        for row in self.warehouse.run(" union all ".join(selects), **self._named(run)):
            for owner in run.owners(row["card_token"], row["pii_hash"]):
                counts[owner.request_id][f"bigquery.{row['store']}"] += row["found"]
        return counts

    def erase(self, run: Run, now: datetime) -> dict[str, dict[str, datetime]]:
        """Delete the rows and mark those of the audit, in all tables at once that the sweep has found some in.

        Repeated, it changes nothing more.
        """
        statements = {table: partial(self._delete, table, run) for table in TABLES}
        statements[AUDIT] = partial(self._mark, run, now)
        side_by_side(*(run_it for table, run_it in statements.items() if run.has_found(f"bigquery.{table}")))
        return {}

    def _delete(self, table: str, run: Run) -> None:
        self.warehouse.run(f"delete from {table} where {self._where(run)}", **self._named(run))  # noqa: S608  our names

    def _mark(self, run: Run, now: datetime) -> None:
        self.warehouse.run(
            f"update {AUDIT} set erasure_requested = true, erasure_timestamp = @erased_at, user_email = null "  # noqa: S608
            f"where {self._where(run)} and {_UNMARKED}",
            erased_at=now,
            **self._named(run),
        )

    def held(self, subject: Subject, limit: int) -> dict[str, list[dict[str, Any]]]:
        """Return at most `limit` rows of each table, the newest first."""
        tables = (*TABLES, AUDIT)
        found = side_by_side(*(partial(self._select, table, subject, limit) for table in tables))
        return {f"bigquery.{table}": rows for table, rows in zip(tables, found, strict=True)}

    def _select(self, table: str, subject: Subject, limit: int) -> list[dict[str, Any]]:
        query = f"select * from {table} where {_SUBJECTS} order by kafka_timestamp desc limit {int(limit)}"  # noqa: S608
        return self.warehouse.ask(query, PATIENCE_S, card_tokens=subject.card_tokens, pii_hashes=subject.pii_hashes)

    def tokens_by_hash(self, pii_hashes: Sequence[str]) -> dict[str, set[str]]:
        """Return the card tokens that stand beside hashes."""
        tokens: dict[str, set[str]] = {}
        if pii_hashes:
            query = f"select distinct pii_hash, card_token from {AUDIT} where pii_hash in unnest(@pii_hashes)"  # noqa: S608
            for row in self.warehouse.ask(query, PATIENCE_S, pii_hashes=pii_hashes):
                tokens.setdefault(row["pii_hash"], set()).add(row["card_token"])
        return tokens

    def alerted(self, run: Run, since: datetime) -> list[tuple[Erasure, str, str]]:
        """Return request, account and transaction of every alert-worthy row ingested since a moment."""
        query = (
            "select card_token, pii_hash, sender_account_id, transaction_id from payment_transactions_fraud "  # noqa: S608
            f"where {self._where(run)} and ingested_at >= @since "
            "and coalesce(is_alert, is_velocity_fraud or is_high_risk)"
        )
        return [
            (owner, row["sender_account_id"], row["transaction_id"])
            for row in self.warehouse.run(query, since=since, **self._named(run))
            for owner in run.owners(row["card_token"], row["pii_hash"])
        ]

    def settled(self, since: datetime) -> dict[str, int]:
        """Return, by partition, the offset below which the job has settled everything: an audit row comes last."""
        query = (
            f"select kafka_partition, max(kafka_offset) + 1 as settled from {AUDIT} "  # noqa: S608
            "where kafka_topic = @topic and masking_timestamp >= @since group by kafka_partition"
        )
        rows = self.warehouse.run(query, topic=self.topic, since=since)
        return {str(row["kafka_partition"]): row["settled"] for row in rows}

    def _counting(self, table: str, run: Run, condition: str = "true") -> str:
        return (
            f"select '{table}' as store, card_token, pii_hash, count(*) as found from {table} "  # noqa: S608
            f"where {self._where(run)} and {condition} group by card_token, pii_hash"
        )

    def _where(self, run: Run) -> str:
        return f"{_SUBJECTS if run.pii_hashes else _CARDS} and {within(run.bound)}"

    def _named(self, run: Run) -> dict[str, Any]:
        hashes = {"pii_hashes": run.pii_hashes} if run.pii_hashes else {}
        return {"card_tokens": run.card_tokens, "topic": self.topic, **hashes}


def within(bound: Offsets) -> str:
    """Return the condition that a row's Kafka position stands below a bound; rows of another topic always do."""
    below = [f"(kafka_partition = {int(part)} and kafka_offset < {int(end)})" for part, end in bound.items()]
    return f"(kafka_topic != @topic or {' or '.join(below) or 'false'})"
