"""Each payment against what is usual for its account, as of the last midnight UTC before it that is known of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fraud_stream.profiles.profiles import NO_HABIT, Profiles, holds, together
from fraud_stream.stages.amount import cents_of
from fraud_stream.state.hashing import hash64

if TYPE_CHECKING:
    from fraud_stream.state.run import Int64s

PROFILED = pa.schema(
    [
        ("known_device", pa.bool_()),
        ("known_merchant", pa.bool_()),
        ("days_since_last", pa.float64()),
        ("amount_to_habit", pa.float64()),
    ]
)
"""What is added to an accepted payment; null where its account has no profile."""

_DAY = 86_400_000_000


def with_habits(accepted: pa.Table, profiles: Sequence[Profiles]) -> pa.Table:
    """Return accepted rows, with `amount_usd`, with the columns of `PROFILED`.

    Of several profiles each payment is held against the newest that stands at a midnight before it: none looks ahead.
    """
    for field, column in zip(PROFILED, _columns(accepted, profiles), strict=True):
        accepted = accepted.append_column(field, column)
    return accepted


def _columns(accepted: pa.Table, profiles: Sequence[Profiles]) -> list[pa.Array]:
    rows = len(accepted)
    if not rows or not profiles:
        return [pa.nulls(rows, field.type) for field in PROFILED]
    moments: Int64s = accepted["event_time"].cast(pa.int64()).to_numpy()
    ordered = sorted(profiles, key=lambda one: one.as_of)
    age = np.searchsorted([one.as_of for one in ordered], moments, side="right") - 1
    parts = {number: np.flatnonzero(age == number) for number in np.unique(age).tolist()}
    found = [
        _against(ordered[number] if number >= 0 else None, accepted if len(index) == rows else accepted.take(index))
        for number, index in parts.items()
    ]
    if len(found) == 1:
        return found[0]
    back = pa.array(np.argsort(np.concatenate(list(parts.values())), kind="stable"))
    return [pa.concat_arrays(list(column)).take(back) for column in zip(*found, strict=True)]


def _against(profile: Profiles | None, rows: pa.Table) -> list[pa.Array]:
    if profile is None or not len(profile.accounts):
        return [pa.nulls(len(rows), field.type) for field in PROFILED]
    accounts = hash64(rows["sender_account_id"])
    place = profile.places(accounts)
    is_unknown = place < 0
    moments: Int64s = rows["event_time"].cast(pa.int64()).to_numpy()
    habit = profile.habit_cents[place]
    has_none = is_unknown | (habit == NO_HABIT)
    return [
        _known(holds(profile.devices, together(accounts, hash64(rows["device_id"]))), is_unknown),
        _known(holds(profile.merchants, together(accounts, hash64(rows["merchant_id"]))), is_unknown),
        _known((moments - profile.last_at[place]) / _DAY, is_unknown),
        _known(cents_of(rows["amount_usd"]) / np.where(has_none, 1, habit), has_none),
    ]


def _known(values: npt.NDArray[np.generic], is_unknown: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, mask=is_unknown)
