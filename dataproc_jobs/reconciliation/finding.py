"""What a check has found to differ, and how much it has looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, field

MOST = 1_000
"""Differences listed by one check; a thousand tell as much as a million."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it must be; `position` is `partition/offset` where it has one."""

    position: str
    what: str


@dataclass(frozen=True)
class Finding:
    """A check's name, the number of things it compared (of what), and how they differ.

    One that has not been made says so in `compared`, and is no proof.
    """

    check: str
    compared: str
    differences: Sequence[Difference] = field(default=())
    is_made: bool = True


def position(partition: int, offset: int) -> str:
    """Return a Kafka position as the report names it."""
    return f"{partition}/{offset}"
