"""Campaigns in Firestore: which one an alert belongs to, settled in the transaction that records the alert."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from fraud.alerts.alert import Alert
from fraud.alerts.campaign import Campaign, SharedThing, gathered, is_news, things
from fraud_service.stores.documents import from_document, portions, reaching_firestore, read_all
from fraud_service.stores.foreign import ours
from fraud_service.stores.retention import expiring

ALERTS = "alerts"
CAMPAIGNS = "campaigns"
THINGS = "campaign_things"
TIMEOUT_S = 5.0
MOST_ALERTS = 1_000
"""Alerts of one campaign that are shown and acted on at once."""
_MOST_MERGERS = 5
_MOST_IN = 30
"""Values that Firestore takes in one `in`."""


@dataclass(frozen=True)
class Settled:
    """The campaign of an alert, as it was before it and as it is with it, and what else has to be written."""

    before: Campaign | None
    after: Campaign
    absorbed: list[Campaign]
    moved: list[str]

    @property
    def known(self) -> list[Campaign]:
        """The campaigns that people have been told of."""
        return [*([self.before] if self.before else []), *self.absorbed]


@dataclass(frozen=True)
class Campaigns:
    """The record of campaigns."""

    documents: firestore.Client

    def settle(self, transaction: firestore.Transaction, alert: Alert) -> Settled:
        """Find an alert's campaign, as a part of a transaction that has written nothing yet."""
        shared = things(alert)
        pointers = self._pointers(transaction, shared)
        held = self._standing(transaction, set(pointers.values()))
        after, *absorbed = gathered(alert, held)
        moved = [thing for thing in shared if pointers.get(thing) != after.campaign_id]
        before = next((one for one in held if one.campaign_id == after.campaign_id), None)
        return Settled(before, after, absorbed, moved)

    def write(self, transaction: firestore.Transaction, settled: Settled, now: datetime) -> None:
        """Write down what an alert has changed: for most alerts of a campaign, nothing."""
        changed = [settled.after] if is_news(settled.before, settled.after) else []
        for one in (*changed, *settled.absorbed):
            transaction.set(self._campaign(one.campaign_id), expiring(one, now))
        for thing in settled.moved:
            transaction.set(self._thing(thing), expiring(SharedThing(settled.after.campaign_id), now))

    def find(self, campaign_id: str) -> Campaign | None:
        """Return a campaign, or that which has taken it over. Raises RetryableError while Firestore is down."""
        with reaching_firestore():
            for _ in range(_MOST_MERGERS):
                document = self._campaign(campaign_id).get(timeout=TIMEOUT_S).to_dict()
                found = from_document(document, Campaign) if document else None
                if found is None or found.merged_into is None:
                    return found
                campaign_id = found.merged_into
        return None

    def latest(self, since: datetime, most: int) -> list[Campaign]:
        """Return at most `most` campaigns with an alert since a moment, the latest first."""
        query = self.documents.collection(CAMPAIGNS).where(filter=FieldFilter("last_event_time", ">=", since))
        with reaching_firestore():
            held = query.order_by("last_event_time", "DESCENDING").limit(most).stream(timeout=TIMEOUT_S)
            read = ours(f"firestore.{CAMPAIGNS}", held, lambda one: from_document(one.to_dict() or {}, Campaign))
        return [one for _, one in read if one.merged_into is None]

    def alerts(self, campaign: Campaign) -> list[Alert]:
        """Return a campaign's alerts, at most `MOST_ALERTS`, oldest first. Raises RetryableError."""
        names = [campaign.campaign_id, *campaign.absorbed]
        with reaching_firestore():
            found = [one for some in portions(names, _MOST_IN) for one in self._alerts_of(some)]
        return sorted(found, key=lambda one: (one.event_time, one.transaction_id))[:MOST_ALERTS]

    def _alerts_of(self, names: Sequence[str]) -> list[Alert]:
        query = self.documents.collection(ALERTS).where(filter=FieldFilter("campaign_id", "in", names))
        held = query.limit(MOST_ALERTS).stream(timeout=TIMEOUT_S)
        return [one for _, one in ours("firestore.alerts", held, lambda one: from_document(one.to_dict() or {}, Alert))]

    def _pointers(self, transaction: firestore.Transaction, shared: list[str]) -> dict[str, str]:
        read = read_all(self.documents, [self._thing(one) for one in shared], transaction, TIMEOUT_S)
        return {one.id: from_document(document, SharedThing).campaign_id for one in read if (document := one.to_dict())}

    def _standing(self, transaction: firestore.Transaction, names: Iterable[str]) -> list[Campaign]:
        """Return campaigns, each in place of those that it has taken over."""
        standing, wanted = dict[str, Campaign](), sorted(names)
        for _ in range(_MOST_MERGERS):
            if not wanted:
                break
            read = read_all(self.documents, [self._campaign(one) for one in wanted], transaction, TIMEOUT_S)
            held = [from_document(document, Campaign) for one in read if (document := one.to_dict())]
            standing |= {one.campaign_id: one for one in held if one.merged_into is None}
            wanted = sorted({one.merged_into for one in held if one.merged_into} - standing.keys())
        return list(standing.values())

    def _campaign(self, campaign_id: str) -> firestore.DocumentReference:
        return self.documents.collection(CAMPAIGNS).document(campaign_id)

    def _thing(self, digest: str) -> firestore.DocumentReference:
        return self.documents.collection(THINGS).document(digest)
