"""What the gate held back, read from BigQuery, and raised by a person: that opens a review."""

from dataclasses import dataclass, field
from datetime import timedelta

import msgspec
import structlog

from fraud.alerts.alert import COLUMNS
from fraud.cards import Reason
from fraud.errors import AbsentError
from fraud.models.suppressed import Suppressed, raised
from fraud.reviews import Review
from fraud_service import clock
from fraud_service.clock import Clock
from fraud_service.reviews.record import Reviews
from fraud_service.stores.documents import documents
from fraud_service.stores.warehouse import Warehouse, warehouse

PERIOD = timedelta(days=7)
"""How far back is looked: BigQuery reads, and bills, by the day."""

MOST = 200
PATIENCE_S = 10.0
_HELD_BACK = "event_time > @since and gate in ('SUPPRESSED', 'SAMPLED') and not is_alert"
_LISTED = (
    f"select {', '.join(Suppressed.__struct_fields__)} from payment_transactions_fraud "  # noqa: S608  our own names
    f"where {_HELD_BACK} order by event_time desc, transaction_id limit @most"
)
_ONE = (
    f"select {', '.join(COLUMNS)} from payment_transactions_fraud "  # noqa: S608  our own names
    f"where {_HELD_BACK} and transaction_id = @transaction_id order by event_time desc limit 1"
)

log = structlog.get_logger()


class Raising(msgspec.Struct, forbid_unknown_fields=True):
    """Which payment a person wants looked at, and why."""

    transaction_id: str
    reason: Reason


@dataclass(frozen=True)
class SuppressedActs:
    """The acts on what was held back. Every method raises RetryableError while a store is down."""

    rows: Warehouse = field(default_factory=warehouse)
    reviews: Reviews = field(default_factory=lambda: Reviews(documents()))
    now: Clock = clock.now

    def listed(self) -> list[Suppressed]:
        """Return the latest payments that were held back, the newest first."""
        rows = self.rows.ask(_LISTED, PATIENCE_S, since=self.now() - PERIOD, most=MOST)
        return [msgspec.convert(row, Suppressed) for row in rows]

    def raise_by_hand(self, wanted: Raising, person: str) -> Review:
        """Open a review of a payment, and return it; the one that stands, where there is one already.

        Raises AbsentError for a payment that no gate held back, SubjectErasedError for one that was erased.
        """
        if standing := self.reviews.find(wanted.transaction_id) if wanted.transaction_id else None:
            return standing
        since = self.now() - PERIOD
        rows = self.rows.ask(_ONE, PATIENCE_S, since=since, transaction_id=wanted.transaction_id)
        if not rows:
            raise AbsentError("no gate has held back this payment")
        review = self.reviews.open(raised(rows[0], person, wanted.reason, self.now()))
        log.info("suppressed_raised", fraud_score=review.fraud_score)
        return review
