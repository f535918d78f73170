"""Transaction ids that tell a run and nothing else: not what a payment is, nor which came first."""

import numpy as np

from simulator.columns import Numbers, Text, digits, join

_NUMBERS = 10**10
_SCATTER = 7_368_787_001  # odd, no multiple of 5: multiplying by it permutes the numbers below any power of ten


def transaction_ids(run: str, numbers: Numbers) -> Text:
    """Return `TXN_<run>_<ten digits>` for each number (below 2,500,000,000), all of them different."""
    scattered = numbers.astype(np.uint64) * np.uint64(_SCATTER) % np.uint64(_NUMBERS)
    return join(b"TXN_", run.encode(), b"_", digits(scattered.astype(np.int64), 10))
