"""The steps of an erasure, and what each of them leaves recorded."""

from datetime import timedelta

import msgspec
import pytest

from fraud.erasure.request import (
    Erasure,
    Run,
    State,
    Step,
    accepted,
    completed,
    counted,
    erased,
    marked,
    runs,
    settled,
)
from fraud.subjects.subject import Subject
from tests.builders import NOON

ENDS = {"0": 10}
LATER = NOON + timedelta(minutes=1)
FOUND, NOTHING = {"table": 3}, {"table": 0}


def request(number: int = 0, **changes: object) -> Erasure:
    subject = Subject("card_token", card_tokens=[f"{number:064x}"])
    fresh = accepted(f"{number:032x}", subject, "dpo", NOON + timedelta(seconds=number))
    return msgspec.structs.replace(fresh, **changes)


def begun() -> Erasure:
    return marked(request(), "run", ENDS, {"0": 4}, NOON)


def test_a_subject_with_rows_is_swept_until_a_sweep_after_the_job_finds_nothing() -> None:
    first = erased(counted(begun(), FOUND, {}, is_empty=False), {}, NOON)
    assert (first.step, first.state) == (Step.SETTLE, State.WAITING_FOR_STREAM)
    second = settled(first)
    assert (second.step, second.bound, second.sweep) == (Step.COUNT, ENDS, 2)
    third = erased(counted(second, {"table": 1}, {}, is_empty=False), {}, LATER)
    assert (third.step, third.sweep) == (Step.COUNT, 3)
    last = counted(third, NOTHING, {}, is_empty=True)
    assert (last.step, last.total_found) == (Step.ISSUE, {"table": 4})
    assert (first.erased_at, last.erased_at) == (NOON, LATER)


def test_an_unknown_subject_waits_for_the_job_and_erases_nothing() -> None:
    first = counted(begun(), NOTHING, {}, is_empty=True)
    assert first.step is Step.SETTLE
    assert counted(settled(first), NOTHING, {}, is_empty=True).step is Step.ISSUE


def test_a_repeated_erasure_does_not_change_what_was_found() -> None:
    once = counted(begun(), FOUND, {}, is_empty=False)
    assert erased(once, {}, NOON).found == erased(erased(once, {}, NOON), {}, LATER).found == {"1": FOUND}


def test_a_completed_erasure_has_forgotten_its_subject() -> None:
    done = completed(begun(), 7, NOON)
    assert (done.state, done.subject, done.is_open, done.receipt) == (State.COMPLETED, None, False, 7)


def test_what_is_kept_is_remembered_over_sweeps_until_the_latest_moment() -> None:
    once = erased(counted(begun(), FOUND, {"marks": NOON}, is_empty=False), {"cards": NOON}, NOON)
    twice = erased(counted(settled(once), FOUND, {"marks": LATER}, is_empty=False), {}, LATER)
    assert twice.kept == {"cards": NOON, "marks": LATER}


def test_a_card_is_marked_by_the_furthest_of_its_requests() -> None:
    later = request(1, ends=ENDS, accepted_at=LATER)
    by_hash = request(5, ends=ENDS, subject=Subject("pii_hash", pii_hashes=["h"]))
    run = Run([request(1, ends=ENDS), later, request(2, ends=ENDS), by_hash])
    assert run.marks == {f"{1:064x}": later.mark, f"{2:064x}": request(2, ends=ENDS).mark}
    assert [one.has_tokens for one in run.erasures] == [True, True, True, False]


def test_requests_of_one_run_go_on_together_and_new_ones_in_order() -> None:
    held = [request(9, run_id="b", step=Step.SETTLE), request(3), request(1), request(2), request(8, run_id="b")]
    assert [[one.request_id[-1] for one in run.erasures] for run in runs(held, 2)] == [["8", "9"], ["1", "2"], ["3"]]


def test_a_row_belongs_to_every_request_that_names_its_card_or_hash() -> None:
    by_hash = request(5, subject=Subject("pii_hash", pii_hashes=["h"]))
    run = Run([request(1), by_hash, request(1)]).with_tokens({"h": {f"{1:064x}"}})
    assert len(run.owners(f"{1:064x}", "another")) == 3
    assert [one.request_id for one in run.owners("unknown", "h")] == [by_hash.request_id]
    assert run.owners(None, None) == []
    assert run.card_tokens == [f"{1:064x}"]


def test_a_completed_erasure_takes_no_further_step() -> None:
    with pytest.raises(ValueError, match="no subject any more"):
        Run([completed(begun(), 1, NOON)]).owners("a")


def test_only_what_the_sweep_at_hand_has_found_is_to_be_erased() -> None:
    first = counted(begun(), {"table": 3, "other": 0}, {}, is_empty=False)
    assert [Run([first]).has_found(store) for store in ("table", "other", "unheard of")] == [True, False, False]
    second = counted(settled(erased(first, {}, NOON)), {"table": 0, "other": 1}, {}, is_empty=False)
    assert [Run([second, second]).has_found(store) for store in ("table", "other")] == [False, True]
