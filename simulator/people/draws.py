"""Repeatable draws: what belongs to a numbered thing is a pure function of the seed, its purpose and its number.

An account is therefore never stored, and a population of a hundred million costs no memory.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from simulator.columns import Numbers

Words = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def draw(seed: int, purpose: str, numbers: Numbers) -> Words:
    """Return 64 even bits for each number (the finaliser of splitmix64, salted by seed and purpose)."""
    salt = np.uint64(int.from_bytes(blake2b(f"{seed}|{purpose}".encode(), digest_size=8).digest()))
    words = (numbers.astype(np.uint64) ^ salt) * _GOLDEN
    words ^= words >> np.uint64(30)
    words *= np.uint64(0xBF58476D1CE4E5B9)
    words ^= words >> np.uint64(27)
    words *= np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def bits(words: Words, low: int, count: int) -> Numbers:
    """Return `count` bits (at most 62) of each word, from bit `low` up, as a number."""
    return ((words >> np.uint64(low)) & np.uint64((1 << count) - 1)).astype(np.int64)
