"""What is usual for the accounts that a subject's card has paid for.

A profile is made of all cards of an account: it goes whole, and is made anew without the card the next day. The job's
copy, which holds hashes alone, follows within minutes (docs/erasure.md).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fraud.erasure.request import Run, Tally
from fraud.subjects.subject import Subject
from fraud_service.stores.warehouse import Warehouse
from fraud_service.subjects.rows import AUDIT_STORE, PATIENCE_S

STORE = "bigquery.account_profiles"
_OF_CARDS = "exists (select 1 from unnest(card_tokens) as card_token where card_token in unnest(@card_tokens))"


@dataclass(frozen=True)
class SubjectProfiles:
    """The rows of `account_profiles`."""

    warehouse: Warehouse

    def count(self, run: Run, _now: datetime) -> Tally:
        """Return how many profiles each erasure finds."""
        counts = run.tally([STORE])
        query = (
            "select card_token, count(*) as found from account_profiles cross join unnest(card_tokens) as card_token "
            "where card_token in unnest(@card_tokens) group by card_token"
        )
        for row in self.warehouse.run(query, card_tokens=run.card_tokens) if run.card_tokens else ():
            for owner in run.owners(row["card_token"]):
                counts[owner.request_id][STORE] += row["found"]
        return counts

    def erase(self, run: Run, _now: datetime) -> dict[str, dict[str, datetime]]:
        """Delete them, those too that were built while the sweep was counting; repeated, it changes nothing more.

        It comes after the rows: profiles that are built meanwhile leave out what the audit has as erased.
        """
        if run.card_tokens and any(map(run.has_found, (STORE, AUDIT_STORE))):
            self.warehouse.run(f"delete from account_profiles where {_OF_CARDS}", card_tokens=run.card_tokens)  # noqa: S608
        return {}

    def held(self, subject: Subject, limit: int) -> dict[str, list[dict[str, Any]]]:
        """Return at most `limit` profiles that a subject's cards are part of, the newest first."""
        query = f"select * from account_profiles where {_OF_CARDS} order by as_of desc limit {int(limit)}"  # noqa: S608
        tokens = subject.card_tokens
        return {STORE: self.warehouse.ask(query, PATIENCE_S, card_tokens=tokens) if tokens else []}
