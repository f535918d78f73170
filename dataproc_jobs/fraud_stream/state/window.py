"""Trailing windows over payments as arrays: exact, per event, in event time.

The window of an event at t is (t - w, t]; of two at the same instant, the one at the lower position is earlier.
Times are microseconds since 1970 UTC, accounts, regions and devices are hashes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from fraud.scoring.velocity import LONG_WINDOW, OUT_OF_ORDER, VELOCITY_WINDOW
from fraud_stream.state.order import by_key_and_time
from fraud_stream.state.run import Bools, Int64s, UInt64s


def microseconds(delta: timedelta) -> int:
    """Return a duration as a whole number of microseconds."""
    return delta // timedelta(microseconds=1)


_VELOCITY, _LONG, _OUT_OF_ORDER = map(microseconds, (VELOCITY_WINDOW, LONG_WINDOW, OUT_OF_ORDER))


@dataclass(frozen=True)
class Charges:
    """Payments by column, in order of arrival."""

    sender: UInt64s
    at: Int64s
    partition: npt.NDArray[np.int32]
    region: UInt64s
    device: UInt64s

    def __len__(self) -> int:
        return len(self.sender)

    def __getitem__(self, index: Bools | Int64s) -> "Charges":
        return Charges(*(getattr(self, field.name)[index] for field in fields(self)))

    def followed_by(self, later: "Charges") -> "Charges":
        """Return these charges and then those that arrived after them."""
        columns = ((getattr(self, field.name), getattr(later, field.name)) for field in fields(self))
        return Charges(*map(np.concatenate, columns))


@dataclass(frozen=True)
class Timeline:
    """Charges sorted by account, time and arrival; `group` numbers the accounts, `order` leads back to arrival."""

    charges: Charges
    order: Int64s
    group: Int64s

    def window_start(self, width: int) -> Int64s:
        """Return for each charge the index of the first one in its trailing window."""
        return window_start(self.group, self.charges.at, width)

    def group_start(self) -> Int64s:
        """Return for each charge the index of its account's first one."""
        return np.searchsorted(self.group, self.group, side="left")


def window_start(group: Int64s, at: Int64s, width: int) -> Int64s:
    """Return for each event the index of the first one in its trailing window; they stand by group and time."""
    if not len(at):
        return np.zeros(0, np.int64)
    span = int(np.ptp(at)) + 2 * width
    axis = group * span + (at - at.min())  # one time axis on which groups lie further apart than a window
    start: Int64s = np.searchsorted(axis, axis - width, side="right")
    return start


def timeline(charges: Charges) -> Timeline:
    """Sort charges, given in order of arrival, into accounts and time."""
    order, group = by_key_and_time(charges.sender, charges.at)
    return Timeline(charges[order], order, group)


@dataclass(frozen=True)
class Features:
    """What each arrival looked like at its own moment, in order of arrival.

    `peers_from` and `peers_to` (exclusive) bound the 60-second window in `peer_order`, which indexes all charges.
    """

    velocity_60s: Int64s
    velocity_5m: Int64s
    region_changed: Bools
    devices_changed: Bools
    peers_from: Int64s
    peers_to: Int64s
    peer_order: Int64s


def trailing_features(history: Charges, arrivals: Charges) -> Features:
    """Return the features of `arrivals`; `history` are earlier charges of any account."""
    line = timeline(history.followed_by(arrivals))
    rank = np.empty_like(line.order)
    rank[line.order] = np.arange(len(line.order))
    mine = rank[len(history) :]
    minute, long = line.window_start(_VELOCITY), line.window_start(_LONG)
    changed, devices = region_changed(line, long), three_devices(line, long)
    return Features(
        mine - minute[mine] + 1,
        mine - long[mine] + 1,
        changed[mine],
        devices[mine],
        minute[mine],
        mine + 1,
        line.order,
    )


def region_changed(line: Timeline, long: Int64s) -> Bools:
    """Tell whether an account's previous charge within five minutes was in another region."""
    index = np.arange(len(long))
    region = line.charges.region
    changed: Bools = (long < index) & (region != region[index - 1])
    return changed


def three_devices(line: Timeline, long: Int64s) -> Bools:
    """Tell whether an account's charges of the last five minutes came from three devices or more.

    Over runs of one device: the latest charge from a third device ends the run before the previous one, unless
    that run is of the device at hand again; then it is the same charge as for the previous run.
    """
    device, start = line.charges.device, line.group_start()
    starts_run = (np.diff(device, prepend=device[:1]) != 0) | (start == np.arange(len(start)))
    run, first = np.cumsum(starts_run) - 1, np.flatnonzero(starts_run)
    third = np.full(len(first), -1)
    run_device = device[first]
    is_third = (run_device[:-2] != run_device[2:]) & (first[:-2] >= start[first[2:]])
    third[2:] = np.where(is_third, first[1:-1] - 1, -1)
    is_within: Bools = np.maximum.accumulate(third)[run] >= np.maximum(long, start)
    return is_within


def running_clock(history: Mapping[int, int], partition: npt.NDArray[np.int32], clock: Int64s) -> Int64s:
    """Return for each arrival its Kafka partition's latest time so far, itself included.

    `clock` is event time, but never ahead of append time: a clock that runs ahead does not outdate others.
    """
    latest = np.empty_like(clock)
    for number in np.unique(partition):
        here = partition == number
        latest[here] = np.maximum(np.maximum.accumulate(clock[here]), history.get(int(number), np.iinfo(np.int64).min))
    return latest


def is_complete(at: Int64s, clock: Int64s) -> Bools:
    """Tell whether an event came early enough to find its whole five minutes remembered."""
    return at >= clock - _OUT_OF_ORDER
