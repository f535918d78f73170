"""Where a page stands in the stream of alerts: the id of a Redis stream entry."""

import re
from typing import NamedTuple, Self

_ID = re.compile(r"(\d{1,16})-(\d{1,18})")


class Position(NamedTuple):
    """An entry's id: the moment Redis took it in (Unix ms), and its number within that millisecond."""

    at_ms: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the position that `MS-NUMBER` names. Raises ValueError for anything else."""
        match = _ID.fullmatch(text)
        if match is None:
            raise ValueError("a position is two whole numbers with a hyphen between them")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.at_ms}-{self.number}"


START = Position(0, 0)
"""Before every entry."""
