"""What the issuer has said of a payment: one mix for everybody in a run, whoever pays."""

import numpy as np

from simulator.columns import Floats, Text
from simulator.people.draws import bits, draw

_APPROVED = 0.14
_LEAST_DECLINED, _MORE_DECLINED = 0.05, 0.10


def declined_share(seed: int) -> float:
    """Return the share of ordinary payments that a run's issuers decline: 5 to 15 %, drawn from its seed."""
    [chance] = bits(draw(seed, "declines", np.zeros(1, np.int64)), 0, 20) / 2**20
    return _LEAST_DECLINED + _MORE_DECLINED * float(chance)


def statuses(seed: int, chances: Floats) -> Text:
    """Return a status for each chance in [0, 1)."""
    declined = declined_share(seed)
    cuts = [chances < declined, chances < declined + _APPROVED]
    return np.select(cuts, [np.array(b"DECLINED"), np.array(b"APPROVED")], np.array(b"PENDING"))
