"""Alerts in Firestore: each recorded once, and counted once in its account's incident, in one transaction.

Incidents that share what an attack is run with are a campaign: people are told of it once.

The alert's document also keeps the notification it caused, so that a function that died before it could publish that
publishes the same words when the alert comes again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from google.cloud import firestore

from fraud.alerts.alert import Alert
from fraud.alerts.incident import Incident, RecentIncidents, join, near, remember
from fraud.alerts.notification import encode_notification, notification
from fraud_service.alerts.campaigns import ALERTS, Campaigns
from fraud_service.cards.erased import ErasedCards, card_payment
from fraud_service.stores.documents import document_id, from_document, reaching_firestore
from fraud_service.stores.foreign import ours
from fraud_service.stores.retention import expiring

INCIDENTS = "incidents"
ACCOUNTS = "incident_accounts"
TIMEOUT_S = 5.0


@dataclass(frozen=True)
class AlertRecords:
    """The record of alerts and incidents."""

    documents: firestore.Client

    def record(self, alert: Alert, now: datetime) -> bytes | None:
        """Keep an alert unless it is there, and return the notification that it caused, as JSON; None where none.

        However often it comes, an alert is recorded and counted once, and causes the same notification. Raises
        SubjectErasedError where the payment was erased, RetryableError while Firestore is down.
        """
        with reaching_firestore():
            published = self._record(alert, now)
        return published.encode() if published else None

    def _record(self, alert: Alert, now: datetime) -> str | None:
        @firestore.transactional
        def apply(transaction: firestore.Transaction) -> str | None:
            [snapshot] = ErasedCards(self.documents).read_beside(
                [self._alert(alert)], card_payment(alert), transaction, TIMEOUT_S
            )
            held = snapshot.to_dict()
            return self._add(transaction, alert, now) if held is None else held.get("notification")

        published: str | None = apply(self.documents.transaction())
        return published

    def _add(self, transaction: firestore.Transaction, alert: Alert, now: datetime) -> str | None:
        recent = self._recent(transaction, alert)
        known = self._known(transaction, near(recent, alert.event_time))
        campaigns = Campaigns(self.documents)
        settled = campaigns.settle(transaction, alert)
        grouped, campaign_id = join(alert, known), settled.after.campaign_id
        news = notification(alert, grouped.incident, [*known, *settled.known], campaign_id)
        published = encode_notification(news).decode() if news else None
        groups = {"incident_id": grouped.incident.incident_id, "campaign_id": campaign_id}
        added = {**groups, "recorded_at": now, "notification": published}
        transaction.create(self._alert(alert), expiring(alert, now) | added)
        campaigns.write(transaction, settled, now)
        for incident in (grouped.incident, *grouped.absorbed):
            transaction.set(self._incident(incident.incident_id), expiring(incident, now))
        transaction.set(self._account(alert), expiring(remember(recent, grouped), now))
        return published

    def _recent(self, transaction: firestore.Transaction, alert: Alert) -> RecentIncidents:
        held = self._account(alert).get(transaction=transaction, timeout=TIMEOUT_S).to_dict()
        recent = ours(f"firestore.{ACCOUNTS}", [held] if held else [], lambda one: from_document(one, RecentIncidents))
        return recent[0][1] if recent else RecentIncidents()

    def _known(self, transaction: firestore.Transaction, incident_ids: Iterable[str]) -> list[Incident]:
        references = [self._incident(one) for one in incident_ids]
        snapshots = transaction.get_all(references, timeout=TIMEOUT_S) if references else ()
        held = [document for snapshot in snapshots if (document := snapshot.to_dict())]
        return [one for _, one in ours(f"firestore.{INCIDENTS}", held, lambda each: from_document(each, Incident))]

    def _alert(self, alert: Alert) -> firestore.DocumentReference:
        return self._document(ALERTS, alert.transaction_id)

    def _incident(self, incident_id: str) -> firestore.DocumentReference:
        return self._document(INCIDENTS, incident_id)

    def _account(self, alert: Alert) -> firestore.DocumentReference:
        return self._document(ACCOUNTS, alert.sender_account_id)

    def _document(self, collection: str, key: str) -> firestore.DocumentReference:
        return self.documents.collection(collection).document(document_id(key))
