"""What others have left in our stores: passed over, counted, told; never fatal, and never deleted."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

Held = TypeVar("Held")
Read = TypeVar("Read")

UNREADABLE = (LookupError, TypeError, ValueError, ArithmeticError)
"""What reading something foreign raises; msgspec's errors are ValueErrors."""

log = structlog.get_logger()


def ours(store: str, held: Iterable[Held], read: Callable[[Held], Read]) -> list[tuple[Held, Read]]:
    """Return what of the things that a store holds can be read, each with what it says."""
    found: list[tuple[Held, Read]] = []
    foreign: Counter[str] = Counter()
    for one in held:
        try:
            found.append((one, read(one)))
        except UNREADABLE as error:
            foreign[type(error).__name__] += 1
    if foreign:
        tell(store, foreign)
    return found


def tell(store: str, errors: Counter[str]) -> None:
    """Tell that a store holds what is not ours; neither its name nor its content is said, for it may be anything."""
    log.warning("foreign_entry", store=store, entries=errors.total(), errors=sorted(errors))
