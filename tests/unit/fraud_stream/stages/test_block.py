from datetime import UTC, datetime, timedelta

import pyarrow as pa

from fraud.masking.key import HmacKey
from fraud_stream.stages.block import OUTLINE, packed, unpacked
from fraud_stream.stages.masking import mask_batch
from tests.builders import CARD, KEY, NOON, Position, payment_json, raw_batch

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MASKED_ROWS = mask_batch(
    raw_batch(
        [
            Position(value=payment_json(), offset=7, partition=1),
            Position(value=payment_json(), offset=7, partition=2),
            Position(value=b"garbage", offset=8, partition=1),
            Position(value=payment_json(), offset=9, partition=1, appended=NOON + timedelta(hours=2)),
            Position(value=payment_json(transaction_id="TXN_2"), offset=10, partition=1),
        ]
    ),
    HmacKey("1", bytes.fromhex(KEY)),
)


def rows(*batches: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches(list(packed(batches, NOON)), OUTLINE)


def test_every_masked_row_comes_out_of_the_blocks() -> None:
    found = unpacked(rows(MASKED_ROWS)["block"]).sort_by([("kafka_partition", "ascending")])
    assert found == pa.Table.from_batches([MASKED_ROWS]).sort_by([("kafka_partition", "ascending")])


def test_only_what_may_be_accepted_has_an_outline() -> None:
    found = (
        rows(MASKED_ROWS)
        .filter(rows(MASKED_ROWS)["block"].is_null())
        .drop_columns(["block", "read_frontier"])
        .to_pylist()
    )
    open_rows = [row for row in MASKED_ROWS.to_pylist() if row["disposition"] is None]
    assert found == [{name: row[name] for name in OUTLINE.names[:-2]} for row in open_rows]
    assert [row["kafka_offset"] for row in found] == [7, 7, 10]


def test_a_block_holds_one_partition_and_cannot_be_elected() -> None:
    blocks = rows(MASKED_ROWS).filter(rows(MASKED_ROWS)["block"].is_valid()).to_pylist()
    assert [(row["kafka_partition"], row["transaction_id"]) for row in blocks] == [(1, "1/7"), (2, "2/7")]
    assert {row["watermark_time"] for row in blocks} == {EPOCH}
    assert {row["read_frontier"] for row in blocks} == {NOON}


def test_nothing_is_packed_into_nothing() -> None:
    empty = mask_batch(raw_batch([]), HmacKey("1", bytes.fromhex(KEY)))
    assert rows(empty).num_rows == 0
    assert unpacked(rows(empty)["block"]).num_rows == 0


def test_no_card_number_is_in_what_leaves_the_stage() -> None:
    content = rows(MASKED_ROWS).to_pylist()
    assert CARD.encode() not in b"".join(bytes(row["block"] or b"") for row in content)
    assert CARD not in str(content)
