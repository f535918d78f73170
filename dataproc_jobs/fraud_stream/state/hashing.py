"""Hashes of text that state holds instead of the text, the same in every process and release."""

from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fraud_stream.state.run import UInt64s

_HEX_DIGITS = 16


def hash128(texts: pa.Array) -> tuple[UInt64s, UInt64s]:
    """Return 128-bit hashes of texts as two columns.

    Nobody can choose two ids that share a hash: a payment that passed for another's duplicate would go unjudged.
    """
    digests = b"".join([blake2b(text, digest_size=16).digest() for text in texts.cast(pa.binary()).to_pylist()])
    pairs = np.frombuffer(digests, np.dtype("<u8")).reshape(-1, 2)
    return np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])


def hash64(texts: pa.Array | pa.ChunkedArray) -> UInt64s:
    """Return 64-bit hashes of texts of which many are alike."""
    encoded = pa.chunked_array([texts]) if isinstance(texts, pa.Array) else texts
    encoded = encoded.combine_chunks().dictionary_encode()
    words = pc.cast(encoded.dictionary, pa.binary()).to_pylist()
    digests = b"".join([blake2b(word, digest_size=8).digest() for word in words])
    hashes: UInt64s = np.frombuffer(digests, np.dtype("<u8"))[encoded.indices.to_numpy()]
    return hashes


def token64(tokens: pa.ChunkedArray) -> UInt64s:
    """Return the first 64 bits of tokens, which are hashes in hex already."""
    beginnings = pc.utf8_slice_codeunits(tokens.combine_chunks(), 0, _HEX_DIGITS)
    digits = beginnings.buffers()[2].to_pybytes()[: _HEX_DIGITS * len(beginnings)] if len(beginnings) else b""
    words: UInt64s = np.frombuffer(bytes.fromhex(digits.decode()), np.dtype("<u8"))
    return words
