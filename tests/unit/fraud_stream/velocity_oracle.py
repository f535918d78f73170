"""Velocity by its definition, charge by charge: slow, and plainly what the contract says."""

from collections.abc import Sequence
from dataclasses import dataclass

SECOND = 1_000_000
MINUTE = 60 * SECOND


@dataclass(frozen=True)
class Charge:
    """One accepted payment; times are microseconds, `appended_at` is `at` unless given."""

    sender: int
    at: int
    region: int = 1
    device: int = 1
    appended_at: int | None = None

    @property
    def partition(self) -> int:
        """The Kafka partition: one for each sender, as the key decides it."""
        return self.sender % 2


@dataclass(frozen=True)
class Expected:
    """The features of one charge; `peers` are indices, in event time."""

    velocity_60s: int
    velocity_5m: int
    region_changed: bool
    devices_changed: bool
    peers: tuple[int, ...]


def expected(charges: Sequence[Charge], index: int) -> Expected:
    """Return the features of `charges[index]` among `charges`, given in order of position."""
    me = charges[index]
    line = sorted((charge.at, at) for at, charge in enumerate(charges) if charge.sender == me.sender)
    so_far = [moment for moment in line if moment <= (me.at, index)]
    minute = [at for time, at in so_far if time > me.at - MINUTE]
    five = [at for time, at in so_far if time > me.at - 5 * MINUTE]
    return Expected(
        len(minute),
        len(five),
        region_changed=len(five) > 1 and charges[five[-2]].region != me.region,
        devices_changed=len({charges[at].device for at in five}) >= 3,
        peers=tuple(minute),
    )
