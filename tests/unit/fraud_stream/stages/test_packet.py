from datetime import timedelta

import pyarrow as pa

from fraud.masking.key import HmacKey
from fraud_stream.stages.masking import MASKED, mask_batch
from fraud_stream.stages.packet import (
    ACCEPTED,
    CANDIDATE,
    MAX_ROWS,
    PACKET,
    Kind,
    accepted_packets,
    candidate_packets,
    gathered,
    masked_packets,
    masked_rows,
    opened,
    sealed,
)
from tests.builders import CARD, KEY, NOON, Position, payment_json, raw_batch

BUCKETS = (10, 11, 12)
MASKED_ROWS = pa.Table.from_batches(
    [
        mask_batch(
            raw_batch(
                [
                    Position(value=payment_json(), offset=7, partition=2),
                    Position(value=payment_json(), offset=7, partition=1),
                    Position(value=b"garbage", offset=8, partition=1),
                    Position(value=payment_json(), offset=9, partition=1, appended=NOON + timedelta(hours=2)),
                    Position(value=payment_json(transaction_id="TXN_2"), offset=10, partition=1),
                ]
            ),
            HmacKey("1", bytes.fromhex(KEY)),
        )
    ]
)
MASKED_PACKETS = pa.Table.from_batches(list(sealed(masked_packets(MASKED_ROWS, BUCKETS))), PACKET)
CANDIDATE_PACKETS = pa.Table.from_batches(list(sealed(candidate_packets(MASKED_ROWS, BUCKETS))), PACKET)


def test_every_masked_row_comes_out_again_by_position() -> None:
    assert masked_rows(MASKED_PACKETS) == MASKED_ROWS.sort_by([("kafka_partition", "ascending")])


def test_the_rows_of_a_partition_stay_together() -> None:
    assert {
        packet["bucket"]: set(pa.ipc.open_stream(packet["block"]).read_all()["kafka_partition"].to_pylist())
        for packet in MASKED_PACKETS.to_pylist()
    } == {11: {1}, 12: {2}}


def test_only_what_may_be_accepted_is_a_candidate() -> None:
    candidates = opened(CANDIDATE_PACKETS, Kind.CANDIDATES, CANDIDATE).to_pylist()
    noon = int(NOON.timestamp()) * 1_000_000
    assert sorted((row["partition"], row["offset"]) for row in candidates) == [(1, 7), (1, 10), (2, 7)]
    assert {(row["at"], row["appended"]) for row in candidates} == {(noon, noon)}


def test_equal_ids_meet_in_one_bucket_and_share_their_hash() -> None:
    ids = {
        (row["partition"], row["offset"]): (packet["bucket"], row["h1"], row["h2"])
        for packet in CANDIDATE_PACKETS.to_pylist()
        for row in pa.ipc.open_stream(packet["block"]).read_all().to_pylist()
    }
    assert ids[1, 7] == ids[2, 7] != ids[1, 10]


def test_accepted_positions_go_where_their_partition_is_written() -> None:
    accepted = pa.table([[0, 1, 4], [5, 6, 7]], schema=ACCEPTED)
    packets = list(accepted_packets(accepted, BUCKETS))
    assert [(bucket, kind, rows.to_pylist()) for bucket, kind, [rows] in packets] == [
        (10, Kind.ACCEPTED, [{"partition": 0, "offset": 5}]),
        (11, Kind.ACCEPTED, [{"partition": 1, "offset": 6}, {"partition": 4, "offset": 7}]),
    ]


def test_nothing_is_packed_into_nothing() -> None:
    empty = MASKED.empty_table()
    assert list(sealed(masked_packets(empty, BUCKETS))) == []
    assert list(sealed(candidate_packets(empty, BUCKETS))) == []
    assert masked_rows(PACKET.empty_table()).num_rows == 0


def test_small_batches_are_put_together_and_large_ones_are_not() -> None:
    small = MASKED_ROWS.to_batches()[0]
    large = pa.Table.from_batches([small] * (MAX_ROWS // len(small))).combine_chunks().to_batches()[0]
    tables = list(gathered([small, small, large, small]))
    assert [table.num_rows for table in tables] == [2 * len(small) + MAX_ROWS, len(small)]


def test_no_card_number_is_in_what_leaves_the_stage() -> None:
    content = b"".join(bytes(block.as_py()) for block in [*MASKED_PACKETS["block"], *CANDIDATE_PACKETS["block"]])
    assert b"TXN_2" in content
    assert CARD.encode() not in content
