"""An upgrade to a new checkpoint: what was accepted before it is known after it, read back from the warehouse."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from google.cloud import bigquery as bigquery_api

from fraud.payments.rates import default_rates
from fraud_stream.carry_over import NotDrainedError, carry_over
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.settings import StreamSettings
from fraud_stream.sinks.recovery import Recoveries
from fraud_stream.sinks.tables import TABLES, Settled, name_as_stored
from fraud_stream.sinks.warehouse import Warehouse
from fraud_stream.stages.enrichment import Scorer
from fraud_stream.stages.source import starting_offsets
from tests.batches import run_batch
from tests.builders import NOON, STREAM, Position, payment_json, rfc3339

OFFSETS = b'{"payment-events":{"0":4,"1":1}}'
PLAN = b'v1\n{"batchWatermarkMs":0,"batchTimestampMs":1,"conf":{"spark.sql.shuffle.partitions":"2"}}\n' + OFFSETS


def position(offset: int, second: float, transaction: str, partition: int = 0) -> Position:
    moment = NOON + timedelta(seconds=second)
    value = payment_json(
        transaction_id=transaction, event_time=rfc3339(moment), sender_account_id=f"ACC_{partition}", device_id="d"
    )
    return Position(value=value, offset=offset, partition=partition, appended=moment)


BEFORE = [
    position(0, -4 * 3600, "TXN_OLD"),
    position(1, 0, "TXN_1"),
    position(2, 10, "TXN_2"),
    position(3, 20, "TXN_3"),
    position(0, 20, "TXN_ELSEWHERE", partition=1),
]
AFTER = [
    replace(position(4, 30, "TXN_1"), appended=NOON + timedelta(seconds=30)),
    position(5, 40, "TXN_4"),
    position(6, 41, "TXN_OLD"),
]


@pytest.fixture
def old(tmp_path: Path, warehouse: Warehouse) -> Checkpoint:
    """A checkpoint whose rows are all in the warehouse, TXN_2's erased since."""
    rows = pa.Table.from_pylist(run_batch(str(tmp_path / "old"), 0, BEFORE), STREAM)
    index, moment = rows.column_names.index("ingested_at"), pa.scalar(NOON, STREAM.field("ingested_at").type)
    rows = rows.set_column(index, "ingested_at", pa.repeat(moment, len(rows)))
    accepted = rows.filter(pc.equal(rows["disposition"], "ACCEPTED"))
    settled = Settled(rows, name_as_stored(Scorer((), default_rates()).score(accepted).rows))
    for table in TABLES:
        warehouse.append(
            table, warehouse.open_stream(table), table.rows(settled), Recoveries(str(tmp_path / "old"), 0, 0)
        )
    checkpoint = Checkpoint.at(str(tmp_path / "old"))
    checkpoint.write("offsets/0", PLAN)
    checkpoint.write("commits/0", b"v1\n{}")
    return checkpoint


def test_no_duplicate_passes_and_every_window_is_whole(
    old: Checkpoint, tmp_path: Path, warehouse: Warehouse, tables: bigquery_api.Client
) -> None:
    dataset = warehouse.settings.bigquery_dataset
    tables.query_and_wait(
        f"delete from `{tables.project}.{dataset}.payment_transactions_fraud` where transaction_id = 'TXN_2'"
    )
    new = str(tmp_path / "new")
    assert carry_over(old, new, warehouse) == {"ids": 4, "charges": 3, "sightings": 9}
    rows = {row["kafka_offset"]: row for row in run_batch(new, 0, AFTER)}
    assert [rows[offset]["disposition"] for offset in (4, 5, 6)] == ["DUPLICATE", "ACCEPTED", "ACCEPTED"]
    assert rows[5]["velocity_60s"] == 3, "the erased charge is counted no more"
    assert rows[5]["velocity_complete"]
    assert rows[5]["card_count_1h"] == 4, "of all partitions"
    assert rows[5]["card_usd_1h"] == 4 * Decimal("12.50")


def test_it_goes_on_where_the_old_one_ended(
    old: Checkpoint, tmp_path: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    carry_over(old, str(tmp_path / "new"), warehouse)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    stream = StreamSettings(checkpoint_location=str(tmp_path / "new"), redis_url="redis://127.0.0.1:1")
    assert starting_offsets(Checkpoint.at(str(tmp_path / "new")), stream) == OFFSETS.decode()
    assert starting_offsets(old, stream) == "earliest"


def test_a_checkpoint_in_the_midst_of_a_batch_is_refused(old: Checkpoint, tmp_path: Path, warehouse: Warehouse) -> None:
    old.write("offsets/1", PLAN)
    with pytest.raises(NotDrainedError, match="not written everywhere"):
        carry_over(old, str(tmp_path / "new"), warehouse)
    assert not (tmp_path / "new").exists()
