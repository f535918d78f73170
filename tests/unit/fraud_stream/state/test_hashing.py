"""Hashes of texts by column: what one text gives alone, it gives among others, in every process and release."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_stream.state.hashing import hash64

_ALL = 2**64 - 1
TEXTS = st.lists(st.text(max_size=40))


def mixed(word: int) -> int:
    """SplitMix64's output function, in Python's own numbers."""
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & _ALL
    word = (word ^ word >> 27) * 0x94D049BB133111EB & _ALL
    return word ^ word >> 30


def alone(text: str) -> int:
    data = text.encode()
    found = mixed(len(data))
    for start in range(0, len(data), 8):
        found = mixed(found ^ int.from_bytes(data[start : start + 8], "little"))
    return mixed(found)


@given(TEXTS)
def test_a_column_is_hashed_as_each_text_alone(texts: list[str]) -> None:
    assert hash64(pa.array(texts, pa.string())).tolist() == list(map(alone, texts))


@given(TEXTS, st.integers(0, 40), st.integers(0, 40))
def test_a_part_of_a_column_is_hashed_as_the_column(texts: list[str], start: int, length: int) -> None:
    column = pa.array(texts, pa.string())
    assert hash64(column.slice(start, length)).tolist() == hash64(column).tolist()[start : start + length]


@given(st.lists(TEXTS))
def test_a_column_in_chunks_is_hashed_as_one(parts: list[list[str]]) -> None:
    chunks = pa.chunked_array([pa.array(part, pa.string()) for part in parts], pa.string())
    assert hash64(chunks).tolist() == [alone(text) for part in parts for text in part]


@pytest.mark.parametrize(
    ("text", "hashed"),
    [
        ("ACC_100", 674352552241447131),
        ("2001:db8:8::/48", 2515814049239587684),
    ],
)
def test_state_written_by_one_release_is_found_by_the_next(text: str, hashed: int) -> None:
    assert int(hash64(pa.array([text]))[0]) == hashed


def test_names_that_are_counted_up_share_no_hash_and_fill_buckets_evenly() -> None:
    hashes = hash64(pa.array([f"ACC_{number}" for number in range(500_000)]))
    assert len(np.unique(hashes)) == len(hashes)
    of_bucket = np.bincount((hashes % np.uint64(96)).astype(np.int64))
    assert np.abs(of_bucket / of_bucket.mean() - 1).max() < 0.06


def test_every_bit_of_a_text_moves_half_of_the_hash() -> None:
    text = b"DEV_0123456789"
    turned = [
        bytes(b ^ (bit == at) << shift for at, b in enumerate(text)) for bit in range(len(text)) for shift in range(7)
    ]
    hashes = hash64(pa.array([text.decode(), *(one.decode("latin-1") for one in turned)]))
    moved = np.bitwise_count(hashes[1:] ^ hashes[0])
    assert 28 < moved.mean() < 36
    assert moved.min() > 12
