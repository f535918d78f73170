"""Every case ends with the proof that each position is stored once. `make faults` runs all, `make test` the first."""

import os
import random
import re
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from uuid import uuid4

import pytest

from tests.builders import payment_json, rfc3339
from tests.faults.points import DRIVER, WORKER
from tests.faults.subscription import subscribed
from tests.faults.system import System, until

SENT = 400
QUICK = ("between two tables", "between ledger and Spark's commit")
KILLS = int(os.environ.get("FAULT_KILLS", "20"))
SEED = int(os.environ.get("FAULT_SEED", "7"))
OUTAGE_S = 60.0
KILLED_RATE = 200
"""Messages a second while the driver is killed again and again: more, and catching up takes longer than the kills."""

LONG_S = 7_200.0


@pytest.mark.timeout(1800)
def test_a_crash_in_the_midst_of_a_batch_loses_and_doubles_nothing(system: System) -> None:
    for point in QUICK:
        system.send(SENT)
        system.start(point)
        system.await_death()
    system.start()
    proof = system.prove()
    system.kill()
    received = sum(int(number.replace(",", "")) for number in re.findall(r"([\d,]+) received", proof))
    assert received == len(QUICK) * SENT


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("point", [*WORKER, *DRIVER])
def test_a_crash_at_any_point_loses_and_doubles_nothing(system: System, point: str) -> None:
    system.revive()
    system.arm(point)
    system.send(1_000, "--scenario", "card-testing")
    system.await_death()
    system.prove()  # by another job, which goes on for the next point


@pytest.mark.faults
@pytest.mark.timeout(7200)
def test_kills_at_random_moments_lose_and_double_nothing(system: System) -> None:
    moments = random.Random(SEED)  # noqa: S311  a repeatable choice, no secret
    sender = system.send_steadily(KILLED_RATE, LONG_S, SEED)
    for _kill in range(KILLS):
        system.start()
        until(lambda: system.has_said("stream_started"))
        Event().wait(moments.uniform(0, 20))
        system.kill()
    assert sender.exit_code is None, "the load has ended before the kills"
    sender.stop(30)
    print(f"\n{KILLS} kills of seed {SEED}\n{system.prove()}")  # noqa: T201  for the record
    system.kill()


@pytest.mark.faults
@pytest.mark.timeout(7200)
def test_a_killed_worker_ends_the_job_and_loses_nothing(system: System) -> None:
    system.send(5_000)
    system.start()
    until(system.kill_worker)
    system.prove()
    system.kill()


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("server", ["kafka", "bigquery", "redis"])
def test_a_killed_server_comes_back_and_nothing_is_lost(system: System, server: str) -> None:
    system.send(5_000)
    system.start()
    until(lambda: system.has_said("batch_written"))
    system.send(5_000)
    system.kill_server(server)
    system.stack.restart(server)
    system.prove()
    system.kill()


@pytest.mark.faults
@pytest.mark.timeout(7200)
def test_a_redis_that_lost_its_data_has_alerts_missing_and_none_wrong(system: System) -> None:
    system.send(2_000, "--scenario", "card-testing")
    system.start()
    until(lambda: system.has_said("batch_written"))
    system.lose_redis_data()
    system.stack.restart("redis")
    system.send(2_000, "--scenario", "card-testing")
    system.prove()
    system.kill()


@pytest.mark.faults
@pytest.mark.timeout(7200)
def test_pubsub_frozen_for_a_minute_delays_alerts_and_loses_none(system: System) -> None:
    began = datetime.now(UTC)
    with subscribed(system.environment) as pull:
        system.start()
        until(lambda: system.has_said("stream_started"))
        with system.frozen("pubsub"):
            system.send(5_000, "--scenario", "card-testing")
            Event().wait(OUTAGE_S)
        system.prove()
        published = pull()
    raised = {
        transaction_id
        for transaction_id, ingested_at in system.rows(
            "select transaction_id, ingested_at from payment_transactions_fraud where is_velocity_fraud or is_high_risk"
        )
        if ingested_at > began
    }
    system.kill()
    assert raised
    assert raised <= published


@pytest.mark.faults
@pytest.mark.timeout(7200)
def test_pubsub_down_for_a_minute_stops_nothing_for_good(system: System) -> None:
    system.start()
    until(lambda: system.has_said("stream_started"))
    system.kill_server("pubsub")
    system.send(5_000, "--scenario", "card-testing")
    Event().wait(OUTAGE_S)
    system.stack.restart("pubsub")
    system.prove()
    system.kill()


@pytest.mark.faults
@pytest.mark.timeout(7200)
def test_a_full_disk_under_the_checkpoint_ends_the_job_and_loses_nothing(system: System, small_disk: Path) -> None:
    system.send(1_000)
    system.start()
    until(lambda: system.has_said("batch_written"))
    ballast = small_disk / "ballast"
    fill(ballast)
    system.send(2_000)
    system.await_end()
    ballast.unlink()
    system.prove()
    system.kill()


def fill(ballast: Path) -> None:
    """Write until there is no room."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4_096))
    assert shutil.disk_usage(ballast).free < 1_000_000


@pytest.mark.faults
@pytest.mark.timeout(7200)
def test_a_file_sent_twice_is_stored_once(system: System, tmp_path: Path) -> None:
    count, prefix, file = 3_000, f"RESENT_{uuid4().hex[:8]}", tmp_path / "payments.ndjson"
    now = rfc3339(datetime.now(UTC))
    events = (
        payment_json(transaction_id=f"{prefix}_{number}", sender_account_id=f"ACC_{number:06d}", event_time=now)
        for number in range(count)
    )
    file.write_bytes(b"\n".join(events))
    system.replay(file)
    system.start()
    until(lambda: system.has_said("stream_started"))
    system.replay(file)
    system.kill()
    system.start()
    system.prove()
    system.kill()
    fates = system.rows(
        "select disposition, count(*), count(distinct transaction_id) from pii_masking_audit "
        f"where starts_with(transaction_id, '{prefix}') group by disposition order by disposition"
    )
    assert fates == [("ACCEPTED", count, count), ("DUPLICATE", count, count)]


@pytest.mark.faults
@pytest.mark.timeout(7200)
def test_a_second_copy_refuses_and_the_first_goes_on(system: System) -> None:
    system.send(1_000)
    system.start()
    until(lambda: system.has_said("batch_written"))
    refusal = system.start_second()
    system.send(1_000)
    starts = system.starts
    system.prove()
    assert system.starts == starts
    system.kill()
    assert "is in use by another job" in refusal
