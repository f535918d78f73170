"""An erasure asked for while the subject's payments are in flight: what came before goes, what comes after stays.

Whatever becomes of the job meanwhile: stopped, killed, or slow. Runs after the tests of the local stack, which expect
to be the first to raise alerts.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest
from tenacity import Retrying, stop_after_delay, wait_fixed

from tests.e2e.cardholder import BY_CARD, Cardholder, ids
from tests.e2e.conftest import System

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

BEFORE, AFTER = 5, 2
RUN_S, HELD_S = 0.05, 0.45


@pytest.fixture
def holder(system: System, tmp_path: Path) -> Cardholder:
    return Cardholder(system, tmp_path)


@pytest.fixture
def job(system: System, tmp_path: Path) -> int:
    """The job's process, seen to work: one that was killed has its successor."""
    Cardholder(system, tmp_path).pay(1)
    system.await_settled()
    return system.stack.pids["spark"]


@pytest.fixture
def job_held(job: int) -> Iterator[int]:
    """The job's process, stopped until a test lets it go on."""
    os.kill(job, signal.SIGSTOP)
    yield job
    with suppress(ProcessLookupError):
        os.kill(job, signal.SIGCONT)


@contextmanager
def slowed(pid: int) -> Iterator[None]:
    """Let a process run for a tenth of the time only."""
    done = Event()

    def slow() -> None:
        while not done.is_set():
            os.kill(pid, signal.SIGSTOP)
            done.wait(HELD_S)
            os.kill(pid, signal.SIGCONT)
            done.wait(RUN_S)

    thread = Thread(target=slow)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def await_alert(holder: Cardholder) -> None:
    """Wait for the account's first alert: of a batch's writes it comes first."""
    for attempt in Retrying(stop=stop_after_delay(120), wait=wait_fixed(0.01), reraise=True):
        with attempt:
            assert holder.system.redis.exists(f"fraud:alerts:sender:{holder.account}")


def assert_erased_or_after(holder: Cardholder, request_id: str, before: set[str], after: set[str]) -> None:
    """Every payment before the request is gone from every table, counted and marked; every later one is whole."""
    found = holder.found_by(request_id, 400)
    assert found["bigquery.payment_transactions"] == found["bigquery.pii_masking_audit"] == len(before)
    for attempt in Retrying(stop=stop_after_delay(240), wait=wait_fixed(0.5), reraise=True):
        with attempt:
            audited = holder.audited(before | after)
            assert len(audited) == len(before | after)
            erased = {row["transaction_id"] for row in audited if row["erasure_requested"]}
            assert erased == before
            assert {row["transaction_id"] for row in audited if row["user_email"] is None} == before
            stored = holder.stored()
            assert stored["payment_transactions"] == stored["payment_transactions_fraud"] == after
            assert all(stored[table] <= after for table in BY_CARD)


def test_what_is_in_flight_is_erased_and_what_comes_after_stays(holder: Cardholder, job_held: int) -> None:
    before = ids(holder.pay(BEFORE))
    request_id = holder.ask()
    holder.await_state(request_id, "WAITING_FOR_STREAM", 60)
    after = ids(holder.pay(AFTER))
    os.kill(job_held, signal.SIGCONT)

    assert_erased_or_after(holder, request_id, before, after)


@pytest.mark.acceptance
def test_the_job_is_killed_with_payments_in_flight(holder: Cardholder, job_held: int) -> None:
    before = ids(holder.pay(BEFORE))
    request_id = holder.ask()
    holder.await_state(request_id, "WAITING_FOR_STREAM", 60)
    after = ids(holder.pay(AFTER))
    os.kill(job_held, signal.SIGCONT)
    await_alert(holder)
    os.kill(job_held, signal.SIGKILL)

    assert_erased_or_after(holder, request_id, before, after)


@pytest.mark.acceptance
def test_the_job_is_slow_with_payments_in_flight(holder: Cardholder, job: int) -> None:
    with slowed(job):
        before = ids(holder.pay(BEFORE))
        request_id = holder.ask()
        after = ids(holder.pay(AFTER))
        assert_erased_or_after(holder, request_id, before, after)
