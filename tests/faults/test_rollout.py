"""A release that writes a new column takes over a running checkpoint."""

from collections.abc import Iterator

import pytest

from infra.local.servers.bigquery import DATASET
from sql.connection import connect
from sql.schema import tables
from sql.settings import Settings
from tests.faults.removals import COLUMN
from tests.faults.system import System

TABLE = "payment_dead_letters"
MALFORMED = ("--malformed", "0.2")


@pytest.fixture
def earlier_release(system: System) -> Iterator[None]:
    """The table and the job as they were before the column."""
    environment = system.environment
    settings = Settings(
        google_cloud_project=environment["GOOGLE_CLOUD_PROJECT"],
        bigquery_dataset=DATASET,
        bigquery_emulator_host=environment["BIGQUERY_EMULATOR_HOST"],
    )
    system.begin_anew(without=COLUMN)
    dataset = connect(settings)
    with dataset.client:
        dataset.run(f"alter table {TABLE} drop column field")
        dataset.read(tables()[TABLE])  # the emulator's catalogue learns of it
    yield
    system.begin_anew()
    system.apply_schema()


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.usefixtures("earlier_release")
def test_a_new_column_rolls_out_in_the_midst_of_a_batch(system: System) -> None:
    system.send(300, *MALFORMED)
    system.start()
    system.prove()
    system.arm("between warehouse and the end of the task")
    system.send(300, *MALFORMED)
    system.await_death()

    system.without = ""
    system.start()
    system.await_end()
    assert system.has_written(f"{TABLE} has no column field. Run python -m sql apply of this release")

    system.apply_schema()
    system.send(300, *MALFORMED)
    system.prove()
    [(letters, with_field)] = system.rows(
        f"select count(*), count(field) from {TABLE} where kafka_topic = '{system.topic}'"
    )
    assert 0 < with_field < letters / 2
