"""Hashes of text that state holds instead of the text, the same in every process and release."""

from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fraud_stream.state.run import Int64s, UInt64s

_HEX_DIGITS = 16


def hash128(texts: pa.Array) -> tuple[UInt64s, UInt64s]:
    """Return 128-bit hashes of texts as two columns.

    Nobody can choose two ids that share a hash: a payment that passed for another's duplicate would go unjudged.
    """
    digests = b"".join([blake2b(text, digest_size=16).digest() for text in texts.cast(pa.binary()).to_pylist()])
    pairs = np.frombuffer(digests, np.dtype("<u8")).reshape(-1, 2)
    return np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])


def hash64(texts: pa.Array | pa.ChunkedArray) -> UInt64s:
    """Return 64-bit hashes of texts, of all rows at once: eight bytes of each are taken in with every step.

    No secret is in them, and whoever may choose texts can find two that share one. That gains nothing: it is what
    giving the same device, merchant or account twice would do.
    """
    lengths, first, words = _words(texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts)
    hashes = _mixed(lengths.astype(np.uint64))
    for start in range(0, int(lengths.max(initial=0)), _WORD):
        rows = np.flatnonzero(lengths > start)
        held = _KEPT_BITS[np.minimum(lengths[rows] - start, _WORD)]
        hashes[rows] = _mixed(hashes[rows] ^ (words[first[rows] + start] & held))
    return _mixed(hashes)


def _words(texts: pa.Array) -> tuple[Int64s, Int64s, UInt64s]:
    """Return of a column its texts' lengths in bytes, where each begins, and the eight bytes from every place on."""
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets or bytes(4), np.int32)[texts.offset :][: len(texts) + 1].astype(np.int64)
    held = np.frombuffer(data or b"", np.uint8)[bounds[0] : bounds[-1]]
    padded = np.append(held, np.zeros(_WORD, np.uint8))
    words: UInt64s = np.ndarray(len(held) + 1, "<u8", padded, strides=(1,))
    return np.diff(bounds), bounds[:-1] - bounds[0], words


def _mixed(words: UInt64s) -> UInt64s:
    """Spread every bit over all others: each step can be undone, so words that differ go on differing."""
    for multiplier, shift in zip(_MULTIPLIERS, _SHIFTS, strict=True):
        words = (words ^ (words >> shift)) * multiplier
    return words ^ (words >> _SHIFTS[0])


_WORD = 8
_KEPT_BITS = np.array([(1 << (8 * length)) - 1 for length in range(_WORD + 1)], np.uint64)
_MULTIPLIERS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27)
"""Steps of SplitMix64 (Steele, Lea, Flood 2014)."""


def token64(tokens: pa.ChunkedArray) -> UInt64s:
    """Return the first 64 bits of tokens, which are hashes in hex already."""
    beginnings = pc.utf8_slice_codeunits(tokens.combine_chunks(), 0, _HEX_DIGITS)
    digits = beginnings.buffers()[2].to_pybytes()[: _HEX_DIGITS * len(beginnings)] if len(beginnings) else b""
    words: UInt64s = np.frombuffer(bytes.fromhex(digits.decode()), np.dtype("<u8"))
    return words
