import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from fraud.payments.rates import default_rates
from fraud_stream.batch import BatchWriter
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.key_version import KeyVersions
from fraud_stream.checkpoint.lease import CheckpointInUseError, Fence, LeaseLostError, hold
from fraud_stream.checkpoint.lists import ListBook
from fraud_stream.checkpoint.profiles import ProfileBook
from fraud_stream.checkpoint.scoring import Scorings
from fraud_stream.classifier.choice import Choices
from fraud_stream.report.status import StreamStatus
from fraud_stream.settings import WarehouseSettings
from fraud_stream.sinks.alert_cache import AlertCache
from fraud_stream.sinks.task import SinkTask
from fraud_stream.sinks.warehouse import Warehouse
from fraud_stream.stages.enrichment import Scorer
from fraud_stream.stages.packet import PACKET
from fraud_stream.stages.velocity import VelocityTask
from tests.builders import NOON

AT_ONCE = timedelta(0)
NOWHERE = "redis://127.0.0.1:1"
HOLDER = """
import sys, time
from fraud_stream.checkpoint.key_version import KeyVersions
from fraud_stream.checkpoint.lease import hold
with hold(sys.argv[1]) as fence:
    print(fence.epoch, flush=True)
    time.sleep(60)
"""


def test_a_second_job_is_told_who_holds_the_checkpoint(tmp_path: Path) -> None:
    with (
        hold(str(tmp_path)),
        pytest.raises(
            CheckpointInUseError, match=rf"CHECKPOINT_LOCATION: {tmp_path} is in use .*process \d+ on .*stop"
        ),
        hold(str(tmp_path), patience=AT_ONCE),
    ):
        pass


def test_each_holder_has_an_epoch_of_its_own(tmp_path: Path) -> None:
    epochs = []
    for location in (str(tmp_path), f"file://{tmp_path}", str(tmp_path)):
        with hold(location) as fence:
            fence.require()
            epochs.append(fence.epoch)
    assert epochs == [1, 2, 3]


def test_a_killed_holder_leaves_the_checkpoint_free(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE)  # noqa: S603
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"1\n"
        with pytest.raises(CheckpointInUseError, match=f"process {holder.pid} "), hold(str(tmp_path), patience=AT_ONCE):
            pass
        holder.send_signal(signal.SIGKILL)
        with hold(str(tmp_path)) as fence:
            assert fence.epoch == 2


@pytest.fixture
def overtaken(tmp_path: Path) -> Fence:
    """The fence of a job whose checkpoint another has held since."""
    with hold(str(tmp_path)) as fence:
        pass
    with hold(str(tmp_path)):
        return fence


def test_an_overtaken_job_begins_no_batch(overtaken: Fence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "nowhere")
    write = BatchWriter(
        overtaken.location,
        Checkpoint.at(overtaken.location),
        Warehouse(WarehouseSettings()),
        AlertCache(NOWHERE),
        (0,),
        frozenset(),
        StreamStatus(NOWHERE, overtaken.location),
        overtaken,
        KeyVersions(Checkpoint.at(overtaken.location), lambda: "1"),
        Scorings(Checkpoint.at(overtaken.location), {}, lambda: None),
        ListBook(Checkpoint.at(overtaken.location), lambda: None),
        Choices(Checkpoint.at(overtaken.location), None, lambda: 0.0),
        ProfileBook(Checkpoint.at(overtaken.location), lambda: None),
        lambda: NOON,
        0,
    )
    with pytest.raises(LeaseLostError, match="held by another job"):
        write(cast("Any", None), 0)  # it must not come to look at rows


def test_a_task_of_an_overtaken_job_writes_nothing(overtaken: Fence) -> None:
    task = SinkTask(
        (0,), NOON, VelocityTask(overtaken.location, 0, {}), {}, frozenset(), overtaken, Scorer((), default_rates())
    )
    with pytest.raises(LeaseLostError, match="held by another job"):
        task.tell(PACKET.empty_table(), 0)
