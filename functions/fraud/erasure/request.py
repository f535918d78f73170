"""An erasure request from its acceptance to its receipt: which steps it takes, and what each one leaves behind.

MARK    the raw topic's ends are read: what stands below them is the request's to erase
COUNT   what is held below the bound is counted; a sweep after the job has settled the mark that finds nothing ends it
ERASE   what was counted is erased, in every store; may be repeated
SETTLE  wait until the job has settled every position below the mark, then sweep again, up to the mark
ISSUE   the receipt

Each step is recorded when it is done, so whoever goes on after a crash repeats at most one, and every step may be
repeated. Counts are recorded before anything is erased: a repeated erasure does not change what had been found.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from fraud.erasure.mark import Mark, joined_marks
from fraud.subjects.subject import Subject

SCHEMA_VERSION = 1
FIRST_SWEEP = 1

Counts = Mapping[str, int]
"""How many rows, documents or entries, by store."""


Tally = dict[str, dict[str, int]]
"""The same for each erasure of a run, by its request."""


class Step(StrEnum):
    """What is to be done next."""

    MARK = "MARK"
    COUNT = "COUNT"
    ERASE = "ERASE"
    SETTLE = "SETTLE"
    ISSUE = "ISSUE"
    DONE = "DONE"


class State(StrEnum):
    """What the one who asked is told."""

    ACCEPTED = "ACCEPTED"
    ERASING = "ERASING"
    WAITING_FOR_STREAM = "WAITING_FOR_STREAM"
    COMPLETED = "COMPLETED"


_STATES = {Step.MARK: State.ACCEPTED, Step.SETTLE: State.WAITING_FOR_STREAM, Step.DONE: State.COMPLETED}


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """`erasures/{request_id}`; the subject is forgotten when the receipt is issued.

    `subject_key` is the key of the subject as it was named, before tokens joined it. `ends` is the mark and `bound` how
    far the sweep at hand reaches; `found` holds the counts of each sweep; `kept` are the documents that stay on a legal
    ground. `erased_at` is when the last sweep that found something had erased it in every store. Erasures with one
    `run_id` take their steps together.
    """

    schema_version: int = SCHEMA_VERSION
    request_id: str
    requested_by: str
    accepted_at: datetime
    subject_key: str
    subject: Subject | None
    step: Step = Step.MARK
    is_open: bool = True
    run_id: str = ""
    started_at: datetime | None = None
    erased_at: datetime | None = None
    completed_at: datetime | None = None
    ends: dict[str, int] = {}
    bound: dict[str, int] = {}
    sweep: int = 0
    found: dict[str, dict[str, int]] = {}
    kept: dict[str, datetime] = {}
    receipt: int | None = None

    @property
    def state(self) -> State:
        """What the one who asked is told."""
        return _STATES.get(self.step, State.ERASING)

    @property
    def has_tokens(self) -> bool:
        """Whether any card of its subject is known."""
        return bool(_subject(self).card_tokens)

    @property
    def mark(self) -> Mark:
        """Which payments are the request's, once it has been begun."""
        return Mark(self.ends, self.accepted_at)

    @property
    def total_found(self) -> dict[str, int]:
        """What all sweeps have found, by store."""
        stores = sorted({store for counts in self.found.values() for store in counts})
        return {store: sum(counts.get(store, 0) for counts in self.found.values()) for store in stores}


def accepted(request_id: str, subject: Subject, requested_by: str, now: datetime) -> Erasure:
    """Return a new request."""
    return Erasure(
        request_id=request_id, requested_by=requested_by, accepted_at=now, subject_key=subject.key, subject=subject
    )


def marked(erasure: Erasure, run_id: str, ends: dict[str, int], bound: dict[str, int], now: datetime) -> Erasure:
    """Return the erasure once it is known what it reaches."""
    return _after(erasure, Step.COUNT, run_id=run_id, ends=ends, bound=bound, sweep=FIRST_SWEEP, started_at=now)


def counted(erasure: Erasure, counts: Counts, kept: Mapping[str, datetime], *, is_empty: bool) -> Erasure:
    """Return the erasure once a sweep has counted; `is_empty` where it found nothing for the whole run."""
    step = Step.ERASE if not is_empty else Step.SETTLE if erasure.sweep == FIRST_SWEEP else Step.ISSUE
    found = {**erasure.found, str(erasure.sweep): dict(counts)}
    return _after(erasure, step, found=found, kept={**erasure.kept, **kept})


def erased(erasure: Erasure, kept: Mapping[str, datetime], now: datetime) -> Erasure:
    """Return the erasure once a sweep has erased; a later sweep is followed by one that must find nothing."""
    is_first = erasure.sweep == FIRST_SWEEP
    step, sweep = (Step.SETTLE, FIRST_SWEEP) if is_first else (Step.COUNT, erasure.sweep + 1)
    return _after(erasure, step, kept={**erasure.kept, **kept}, sweep=sweep, erased_at=now)


def settled(erasure: Erasure) -> Erasure:
    """Return the erasure once the job has passed the mark."""
    return _after(erasure, Step.COUNT, bound=erasure.ends, sweep=erasure.sweep + 1)


def completed(erasure: Erasure, receipt: int, now: datetime) -> Erasure:
    """Return the erasure with its receipt, its subject forgotten."""
    return _after(erasure, Step.DONE, subject=None, is_open=False, receipt=receipt, completed_at=now, kept={})


def _after(erasure: Erasure, step: Step, **changes: object) -> Erasure:
    return msgspec.structs.replace(erasure, step=step, **changes)


class Run(msgspec.Struct, frozen=True):
    """Erasures that take a step together, so that one statement a table serves all of them; all share one bound."""

    erasures: list[Erasure]

    @property
    def step(self) -> Step:
        """What is to be done next."""
        return self.erasures[0].step

    @property
    def sweep(self) -> int:
        """The number of the sweep at hand."""
        return self.erasures[0].sweep

    @property
    def bound(self) -> dict[str, int]:
        """How far the sweep at hand reaches."""
        return self.erasures[0].bound

    @property
    def ends(self) -> dict[str, int]:
        """The mark."""
        return self.erasures[0].ends

    @property
    def card_tokens(self) -> list[str]:
        """Every subject's card tokens."""
        return sorted({token for erasure in self.erasures for token in _subject(erasure).card_tokens})

    @property
    def pii_hashes(self) -> list[str]:
        """Every subject's hashes."""
        return sorted({digest for erasure in self.erasures for digest in _subject(erasure).pii_hashes})

    @property
    def marks(self) -> dict[str, Mark]:
        """What is the requests' of each card, by its token."""
        marks: dict[str, Mark] = {}
        for erasure in self.erasures:
            marks = joined_marks(marks, dict.fromkeys(_subject(erasure).card_tokens, erasure.mark))
        return marks

    def owners(self, card_token: str | None, pii_hash: str | None = None) -> list[Erasure]:
        """Return the erasures whose subject a row with these values belongs to."""
        return [one for one in self.erasures if _subject(one).is_named_by(card_token, pii_hash)]

    def has_found(self, store: str) -> bool:
        """Tell whether the sweep at hand has counted anything in a store; where it has not, nothing is to be erased."""
        return any(one.found[str(one.sweep)].get(store) for one in self.erasures)

    def tally(self, stores: Iterable[str]) -> Tally:
        """Return a count of nothing for each erasure and store."""
        names = list(stores)
        return {erasure.request_id: dict.fromkeys(names, 0) for erasure in self.erasures}

    def with_tokens(self, tokens_by_hash: Mapping[str, set[str]]) -> "Run":
        """Return the run, each subject joined by the tokens that stand beside its hashes."""
        joined = [_joined(erasure, tokens_by_hash) for erasure in self.erasures]
        return Run(joined)


def _joined(erasure: Erasure, tokens_by_hash: Mapping[str, set[str]]) -> Erasure:
    subject = _subject(erasure)
    tokens = {token for digest in subject.pii_hashes for token in tokens_by_hash.get(digest, ())}
    return msgspec.structs.replace(erasure, subject=subject.joined(tokens)) if tokens else erasure


def _subject(erasure: Erasure) -> Subject:
    if erasure.subject is None:
        raise ValueError("a completed erasure has no subject any more")
    return erasure.subject


def runs(erasures: Iterable[Erasure], size: int) -> list[Run]:
    """Return open erasures by run, those not marked yet in groups of at most `size`, oldest first."""
    marked_runs: dict[str, list[Erasure]] = {}
    fresh: list[Erasure] = []
    for erasure in sorted(erasures, key=lambda one: one.accepted_at):
        (marked_runs.setdefault(erasure.run_id, []) if erasure.run_id else fresh).append(erasure)
    groups = [fresh[start : start + size] for start in range(0, len(fresh), size)]
    return [Run(group) for group in [*marked_runs.values(), *groups]]
