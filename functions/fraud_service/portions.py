"""Sequences in portions, for stores that take so many at a time."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def portions(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield the items in their order, at most `size` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))
