"""What has been decided about a subject's card.

Policy: a card that is blocked for fraud stays blocked, as a bare token with an expiry: no reason, no payment, no
history. Anything else that was ever decided about the card goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore

from fraud.cards import Action, CardAction
from fraud.erasure.request import Run, Tally
from fraud.subjects.subject import Subject
from fraud_service.cards.record import Cards, cache_key, state_of
from fraud_service.stores.cache import reaching_redis
from fraud_service.stores.documents import Snapshot, plain, reaching_firestore, to_document
from fraud_service.stores.foreign import ours

STORE = "firestore.cards"
KEPT_BY = "erasure"
BLOCK_LIFE = timedelta(days=180)
"""How long a block outlives the subject, unless the deployment says otherwise."""

TIMEOUT_S = 10.0


def bare_block(state: CardAction, now: datetime, life: timedelta) -> CardAction:
    """Return a block without anything that tells of the payment behind it; it ends after `life` at the latest."""
    latest = now + life
    return CardAction(
        card_token=state.card_token,
        revision=state.revision + 1,
        action=Action.BLOCK_CARD,
        source=KEPT_BY,
        reason="fraud prevention",
        decided_at=now,
        expires_at=min(state.expires_at or latest, latest),
    )


def is_bare(state: CardAction) -> bool:
    """Tell whether nothing but the block itself is left."""
    return state.source == KEPT_BY


@dataclass(frozen=True)
class SubjectCards:
    """The cards of the contract; a kept block ends after `block_life`."""

    cards: Cards
    block_life: timedelta

    def count(self, run: Run, _now: datetime) -> Tally:
        """Return how many card records each erasure finds that are more than a bare block."""
        counts = run.tally([STORE])
        for state in self._held(run):
            for owner in run.owners(state.card_token):
                counts[owner.request_id][STORE] += 1
        return counts

    def erase(self, run: Run, now: datetime) -> dict[str, dict[str, datetime]]:
        """Reduce blocks to bare ones, remove every other record; return what is kept until when, by request.

        Raises RetryableError while a store is down.
        """
        for state in self._held(run):
            self._erase(state, now)
        kept = [state for state in self._states(run) if is_bare(state) and state.in_force(now)]
        self._refresh_copies(run, kept)
        return {
            owner.request_id: {STORE: state.expires_at}
            for state in kept
            for owner in run.owners(state.card_token)
            if state.expires_at is not None
        }

    def held(self, subject: Subject, _limit: int) -> dict[str, list[dict[str, Any]]]:
        """Return what is recorded of a subject's cards. Raises RetryableError while Firestore is down."""
        return {STORE: [plain(one.to_dict()) for one in self._snapshots(subject.card_tokens) if one.exists]}

    def _states(self, run: Run) -> list[CardAction]:
        return [state for _, state in ours(STORE, self._snapshots(run.card_tokens), state_of)]

    def _snapshots(self, card_tokens: Sequence[str]) -> list[Snapshot]:
        references = [self.cards.reference(token) for token in card_tokens]
        with reaching_firestore():
            return list(self.cards.documents.get_all(references, timeout=TIMEOUT_S)) if references else []

    def _held(self, run: Run) -> list[CardAction]:
        return [state for state in self._states(run) if state.revision and not is_bare(state)]

    def _erase(self, state: CardAction, now: datetime) -> None:
        reference = self.cards.reference(state.card_token)

        @firestore.transactional
        def replace(transaction: firestore.Transaction) -> None:
            current = state_of(reference.get(transaction=transaction, timeout=TIMEOUT_S))
            if is_bare(current):
                return
            if current.in_force(now) is Action.BLOCK_CARD:
                kept = bare_block(current, now, self.block_life)
                transaction.set(reference, to_document(kept))
            else:
                transaction.delete(reference)

        with reaching_firestore():
            for below in reference.collections(timeout=TIMEOUT_S):
                self.cards.documents.recursive_delete(below)
            replace(self.cards.documents.transaction())

    def _refresh_copies(self, run: Run, kept: list[CardAction]) -> None:
        """Drop the cached copies, then put the bare blocks in their place."""
        if run.card_tokens:
            with reaching_redis():
                self.cards.cache.delete(*map(cache_key, run.card_tokens))
        for state in kept:
            self.cards.announce(state)
