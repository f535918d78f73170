"""Amounts in US dollars, by column."""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fraud_stream.state.run import Int64s

_RATE = pa.decimal128(18, 9)
_CENTS = pa.decimal128(38, 2)


def in_usd(amount: pa.ChunkedArray, currency: pa.ChunkedArray, rates: Mapping[str, Decimal]) -> pa.ChunkedArray:
    """Return exact amounts in US dollars by rates (US dollars for one unit of each currency)."""
    codes = currency.combine_chunks().dictionary_encode()
    by_code = pa.array([rates[code] for code in codes.dictionary.to_pylist()], _RATE)
    return pc.multiply(amount, by_code.take(codes.indices))


def rounded_usd(amount_usd: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return US dollars in whole cents, half to even, as they are stored."""
    return pc.round(amount_usd, 2, "half_to_even")


def cents_of(amount_usd: pa.ChunkedArray) -> Int64s:
    """Return rounded US dollars as whole cents; the largest payable amount leaves a factor of twenty."""
    amounts = amount_usd.cast(_CENTS).combine_chunks()
    words = np.frombuffer(amounts.buffers()[1] or b"", np.int64)  # low and high halves of 128 bits
    cents: Int64s = words[::2][amounts.offset : amounts.offset + len(amounts)]
    return cents
