"""Labels in BigQuery, `payment_labels`: each once, beside what an erasure finds its payment by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from flask import Request, Response

from fraud.models.label import LOOK_BACK, MOST, Label, Labels, Source, checked, labels_of
from fraud_service import clock
from fraud_service.clock import Clock
from fraud_service.http.answer import answer
from fraud_service.http.body import read_json
from fraud_service.http.router import Endpoint
from fraud_service.reviews.record import Reviews
from fraud_service.stores.documents import documents
from fraud_service.stores.warehouse import Warehouse, warehouse

MAX_BODY_BYTES = 200_000
PATIENCE_S = 12.0
"""For each of two calls of two statements: less than the minute that a request may take."""
RECENT = timedelta(days=2)
"""How long after its verdict a review is copied: the payment's row may trail, and BigQuery may be down."""

_OF_PAYMENT = "event_time card_token pii_hash pii_key_version kafka_topic kafka_partition kafka_offset kafka_timestamp"
_COLUMNS = ", ".join(("transaction_id", "is_fraud", "source", "observed_at", "recorded_at", *_OF_PAYMENT.split()))
_INSERT = f"""
insert into payment_labels ({_COLUMNS})
with told as (
    select transaction_id, truth = 'true' as is_fraud, timestamp(moment) as observed_at
    from unnest(@ids) as transaction_id with offset as place
    inner join unnest(@truths) as truth with offset as place_of_truth on place = place_of_truth
    inner join unnest(@moments) as moment with offset as place_of_moment on place = place_of_moment
),

paid as (
    select
        told.is_fraud, told.observed_at, payments.*,
        row_number() over (
            partition by told.transaction_id, told.observed_at order by payments.event_time desc
        ) as latest
    from told
    inner join payment_transactions as payments
        on told.transaction_id = payments.transaction_id
        and told.observed_at >= payments.event_time
        and payments.event_time > @since
)

select transaction_id, is_fraud, @source, observed_at, @now, {", ".join(_OF_PAYMENT.split())}
from paid
where latest = 1 and not exists (
    select 1 from payment_labels as known
    where known.transaction_id = paid.transaction_id and known.source = @source
        and known.is_fraud = paid.is_fraud and known.observed_at = paid.observed_at
)
"""  # noqa: S608  our own names
_KNOWN = "select distinct transaction_id from payment_labels where transaction_id in unnest(@ids) and source = @source"

log = structlog.get_logger()


@dataclass(frozen=True)
class LabelActs:
    """The acts on labels. Every method raises RetryableError while a store is down."""

    rows: Warehouse = field(default_factory=warehouse)
    reviews: Reviews = field(default_factory=lambda: Reviews(documents()))
    now: Clock = clock.now

    def tell(self, told: Labels) -> list[str]:
        """Keep what a source tells, each label once; return the transactions of which no payment is known.

        Those are of none of the last 180 days that was made before the label. Raises LabelError.
        """
        return self._keep(checked(told, self.now()).source, told.labels)

    def copy_verdicts(self) -> int:
        """Keep the verdicts of the last two days; return how many there are."""
        labels = labels_of(self.reviews.verdicts_since(self.now() - RECENT))
        for start in range(0, len(labels), MOST):
            self._keep(Source.REVIEW, labels[start : start + MOST])
        return len(labels)

    def _keep(self, source: Source, labels: Sequence[Label]) -> list[str]:
        ids, now = [label.transaction_id for label in labels], self.now()
        self.rows.ask(
            _INSERT,
            PATIENCE_S,
            ids=ids,
            truths=[str(label.is_fraud).lower() for label in labels],
            moments=[label.observed_at.isoformat() for label in labels],
            source=source.value,
            since=now - LOOK_BACK,
            now=now,
        )
        known = {row["transaction_id"] for row in self.rows.ask(_KNOWN, PATIENCE_S, ids=ids, source=source.value)}
        log.info("labels_told", source=source.value, labels=len(labels), known=len(known))
        return sorted(set(ids) - known)


@dataclass(frozen=True)
class LabelDesk:
    """The endpoints about labels; `acts` gives what they do."""

    acts: Callable[[], LabelActs]

    @property
    def routes(self) -> Mapping[str, Endpoint]:
        """The endpoints by method and path."""
        return {"POST /labels": self._tell, "POST /": self._copy}

    def check_ready(self) -> None:
        """Need nothing that others do not look at."""

    def _tell(self, request: Request) -> Response:
        """Keep labels; told again, they change nothing."""
        told = read_json(request, Labels, MAX_BODY_BYTES)
        return answer({"labels": len(told.labels), "unknown": self.acts().tell(told)})

    def _copy(self, _request: Request) -> Response:
        """Keep the verdicts of reviews: called by the clock."""
        return answer({"verdicts": self.acts().copy_verdicts()})
