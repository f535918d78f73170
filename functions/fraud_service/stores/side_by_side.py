"""Calls that wait for others, made at the same time: each in a thread of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, overload

First = TypeVar("First")
Second = TypeVar("Second")
Result = TypeVar("Result")


@overload
def side_by_side(first: Callable[[], First], second: Callable[[], Second], /) -> tuple[First, Second]: ...
@overload
def side_by_side(*calls: Callable[[], Result]) -> tuple[Result, ...]: ...
def side_by_side(*calls: Callable[[], Any]) -> tuple[Any, ...]:
    """Return what the calls return, in their order, when every one has ended; raise the first one's failure then.

    None is left running: whoever goes on after a failure may repeat them all.
    """
    with ThreadPoolExecutor(max(len(calls), 1)) as pool:
        futures = [pool.submit(call) for call in calls]
    return tuple(future.result() for future in futures)
