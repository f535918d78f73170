"""Sorting of many hashes and moments, by numpy's quick sorts of single words instead of its stable sorts of columns."""

from typing import NamedTuple

import numpy as np

from fraud_stream.state.run import Bools, Int64s, UInt64s

_HALF = 32
_WORD = 63
_MIXERS = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
"""Odd numbers whose products spread over all bits."""


class Lines(NamedTuple):
    """Rows by key and time, those of one instant in order of arrival; `group` numbers the keys, in that order."""

    order: Int64s
    group: Int64s


def by_key_and_time(key: UInt64s, at: Int64s) -> Lines:
    """Sort rows, given in order of arrival."""
    if not len(key):
        return Lines(np.zeros(0, np.int64), np.zeros(0, np.int64))
    by_key = np.argsort(key)
    group = _numbered(key[by_key])
    moments = at[by_key] - at.min()
    width = int(moments.max()).bit_length()
    if int(group[-1]).bit_length() + width > _WORD:
        return _slowly(key, at)
    words = (group << width) | moments
    order = np.argsort(words)
    words = words[order]
    return Lines(_by_arrival(by_key[order], words), words >> width)


def _slowly(key: UInt64s, at: Int64s) -> Lines:
    order = np.lexsort((at, key))
    return Lines(order, _numbered(key[order]))


def _by_arrival(order: Int64s, words: Int64s) -> Int64s:
    """Return an order in which rows of equal words, which stand side by side, come as they arrived."""
    is_tied = words[1:] == words[:-1]
    tied = np.flatnonzero(np.append(is_tied, False) | np.append(False, is_tied))
    order[tied] = np.sort((_numbered(words[tied]) << _HALF) | order[tied]) & (2**_HALF - 1)
    return order


def next_alike(group: Int64s, values: UInt64s) -> Int64s:
    """Return for each row, which stand by group, the next one of the same group and value; -1 where there is none."""
    mixed = values * _MIXERS[0] + group.astype(np.uint64) * _MIXERS[1]
    order = np.argsort(mixed)
    words = np.sort((_numbered(mixed[order]) << _HALF) | order)
    order = words & (2**_HALF - 1)
    follows = np.flatnonzero(words[1:] >> _HALF == words[:-1] >> _HALF)
    found = np.full(len(group), -1)
    found[order[follows]] = order[follows + 1]
    return found


def distinct(keys: UInt64s) -> UInt64s:
    """Return keys sorted, each once. `numpy.unique` takes ten times as long for hashes."""
    ordered = np.sort(keys)
    return ordered[_starts(ordered)]


def _numbered(ordered: UInt64s | Int64s) -> Int64s:
    """Number runs of equal elements from 0."""
    return np.cumsum(_starts(ordered)) - 1


def _starts(ordered: UInt64s | Int64s) -> Bools:
    starts = np.ones(len(ordered), np.bool_)
    starts[1:] = ordered[1:] != ordered[:-1]
    return starts
