"""Works through erasure requests, one step of one run at a time, as long as it holds the lease.

Every step is recorded when it is done; a worker that dies is followed by another, which repeats at most the step at
hand. Requests that wait for the job hold up no others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from fraud.erasure.bound import furthest, settled_below, unsettled
from fraud.erasure.notice import ErasureNotice, notice
from fraud.erasure.receipt import Retention
from fraud.erasure.request import Erasure, Run, Step, completed, counted, erased, marked, runs, settled
from fraud.errors import RetryableError
from fraud_service.erasure.notices import publish_notices
from fraud_service.erasure.record import Erasures
from fraud_service.keys import key_ring
from fraud_service.stores.last_progress import LastProgress
from fraud_service.stores.raw_topic import RawTopic, Reach
from fraud_service.stores.side_by_side import side_by_side
from fraud_service.subjects.stores import Stores

log = structlog.get_logger()

RUN_SIZE = 150
"""Most requests that take their steps together: their receipts must fit one Firestore commit of 500 writes."""

OPEN_LIMIT = 3_000


@dataclass(frozen=True)
class ErasureWorker:
    """One worker; `clock` gives the moment in UTC, `progress` how far the job has come by its own account."""

    erasures: Erasures
    stores: Stores
    topic: RawTopic
    retention: Retention
    clock: Callable[[], datetime]
    progress: LastProgress | None = None

    def work(self, may_go_on: Callable[[], bool]) -> bool:
        """Take every open run as far as it goes while `may_go_on`; return whether anything was done.

        A run whose store is out of reach stays where it is, and comes again with the next call.
        """
        steps = [self._take(run, may_go_on) for run in runs(self.erasures.open(OPEN_LIMIT), RUN_SIZE)]
        return sum(steps) > 0

    def _take(self, run: Run, may_go_on: Callable[[], bool]) -> int:
        steps = 0
        try:
            while run.step is not Step.DONE and may_go_on():
                after = self.advance(run)
                if after is None:
                    break
                run, steps = after, steps + 1
        except RetryableError as error:
            log.warning("erasure_delayed", step=run.step, requests=len(run.erasures), reason=str(error))
        return steps

    def advance(self, run: Run) -> Run | None:
        """Take one step and record it; return the run after it, or None where it has to wait for the job."""
        act = {
            Step.MARK: self._mark,
            Step.COUNT: self._count,
            Step.ERASE: self._erase,
            Step.SETTLE: self._settle,
            Step.ISSUE: self._issue,
        }[run.step]
        after = act(run)
        if after is not None and after.step is not Step.DONE:
            self.erasures.save(after.erasures)
        return after

    def _mark(self, run: Run) -> Run:
        now, run_id = self.clock(), uuid4().hex
        reach, settled_now = self._progress()
        bound = settled_below(reach.ends, settled_now)
        return Run([marked(erasure, run_id, reach.ends, bound, now) for erasure in run.erasures])

    def _count(self, run: Run) -> Run:
        joined = run.with_tokens(self.stores.rows.tokens_by_hash(run.pii_hashes))
        kept = self.stores.bar(joined, self.retention, self.clock())
        counts = self.stores.count(joined, self.clock())
        is_empty = not any(number for numbers in counts.values() for number in numbers.values())
        swept = [(one, counts[one.request_id], kept.get(one.request_id, {})) for one in joined.erasures]
        return Run([counted(one, found, held, is_empty=is_empty) for one, found, held in swept])

    def _erase(self, run: Run) -> Run:
        kept = self.stores.erase(run, self.clock())
        now = self.clock()
        return Run([erased(erasure, kept.get(erasure.request_id, {}), now) for erasure in run.erasures])

    def _settle(self, run: Run) -> Run | None:
        reach, settled_now = self._progress()
        if unsettled(run.ends, reach.starts, settled_now):
            return None
        return Run([settled(erasure) for erasure in run.erasures])

    def _issue(self, run: Run) -> Run:
        now = self.clock()
        publish_notices([_notice(erasure, now) for erasure in run.erasures])
        receipts = self.erasures.complete(run.erasures, self.retention, key_ring().newest, now)
        for receipt in receipts:
            log.info("receipt_issued", sequence=receipt.sequence, request_id=receipt.request_id, hash=receipt.hash)
        closed = zip(run.erasures, receipts, strict=True)
        return Run([completed(erasure, receipt.sequence, now) for erasure, receipt in closed])

    def _progress(self) -> tuple[Reach, dict[str, int]]:
        """Ask how far the topic reaches, and how far the job has come: what was settled a moment before still is."""
        return side_by_side(self.topic.reach, self._settled)

    def _settled(self) -> dict[str, int]:
        """Ask for positions settled since the oldest record that Kafka may still hold, and what the job tells itself.

        The rows know records only: where a transaction's marker is the last, the job alone knows that nothing is left.
        """
        stored = self.stores.rows.settled(self.clock() - 2 * self.retention.raw_topic - timedelta(days=1))
        told = self.progress.read() if self.progress else None
        return furthest(stored, told.ends.get(self.stores.rows.topic, {}) if told else {})


def _notice(erasure: Erasure, now: datetime) -> ErasureNotice:
    tokens = erasure.subject.card_tokens if erasure.subject else []
    return notice(erasure.request_id, tokens, erasure.mark, now)
