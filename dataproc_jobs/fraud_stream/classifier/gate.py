"""The gate: whether the velocity of a payment becomes an alert, by how probable fraud is.

Four purchases in forty seconds in one mall are not fraud (the seeds' second example). What the gate holds back stays in
its row, and a sample of it goes to people all the same, so that the gate does not grade itself.
"""

from enum import StrEnum
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fraud.models.suppressed import THRESHOLD

SAMPLED_OF_1000 = 20


class Verdict(StrEnum):
    """What became of a payment whose velocity a gate looked at.

    INCOMPLETE and FAILED raise an alert as if there were no gate: its windows were not all held, or the model is
    missing or broken. SAMPLED is held back as SUPPRESSED is, and looked at by a person.
    """

    PASSED = "PASSED"
    SUPPRESSED = "SUPPRESSED"
    SAMPLED = "SAMPLED"
    INCOMPLETE = "INCOMPLETE"
    FAILED = "FAILED"

    @property
    def raises(self) -> bool:
        """Whether there is an alert."""
        return self not in {Verdict.SUPPRESSED, Verdict.SAMPLED}


HELD_BACK = frozenset(verdict for verdict in Verdict if not verdict.raises)


def verdicts(scored: pa.Table, probabilities: npt.NDArray[np.float64]) -> pa.Array:
    """Return the gate's verdict on each scored payment, null where its velocity is no fraud."""
    asked = scored["is_velocity_fraud"].to_numpy()
    complete = scored["features_complete"].to_numpy()
    found: npt.NDArray[np.object_] = np.full(len(asked), None, object)
    for row in np.flatnonzero(asked):
        found[row] = _verdict(
            bool(complete[row]), float(probabilities[row]), scored["transaction_id"][int(row)].as_py()
        )
    return pa.array(found, pa.string())


def failed(scored: pa.Table) -> pa.Array:
    """Return the verdicts where the model cannot be used."""
    verdict = pa.scalar(Verdict.FAILED.value, pa.string())
    return pc.if_else(scored["is_velocity_fraud"], verdict, pa.scalar(None, pa.string()))


def _verdict(complete: bool, probability: float, transaction_id: str) -> str:
    if not complete:
        return Verdict.INCOMPLETE.value
    if probability > THRESHOLD:
        return Verdict.PASSED.value
    return (Verdict.SAMPLED if is_sampled(transaction_id) else Verdict.SUPPRESSED).value


def is_sampled(transaction_id: str) -> bool:
    """Tell whether a payment is of the 2 % that people look at although the gate holds them back."""
    digest = blake2b(transaction_id.encode(), digest_size=8, person=b"gate").digest()
    return int.from_bytes(digest) % 1_000 < SAMPLED_OF_1000
