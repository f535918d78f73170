"""How far a sweep reaches: up to an offset in each partition of the raw topic.

An erasure takes the topic's ends when it starts: what stands below them is erased, what comes after belongs to after
the request. The first sweep stops at what the job had settled by then, so that what it counts stands still.
"""

from collections.abc import Mapping

Offsets = Mapping[str, int]
"""By partition (written as text, for Firestore's maps have text keys): the first offset that is not included."""


def settled_below(ends: Offsets, settled: Offsets) -> dict[str, int]:
    """Return the part of `ends` that the job has settled: it settles a partition's positions in order."""
    return {partition: min(end, settled.get(partition, 0)) for partition, end in ends.items()}


def furthest(*known: Offsets) -> dict[str, int]:
    """Return, by partition, the furthest of what several places know to be settled: each may lag, none runs ahead."""
    partitions = {partition for one in known for partition in one}
    return {partition: max(one.get(partition, 0) for one in known) for partition in partitions}


def unsettled(ends: Offsets, starts: Offsets, settled: Offsets) -> list[str]:
    """Return the partitions in which the job has not come to the end yet.

    A partition from which Kafka has deleted everything below the end has nothing left to settle.
    """
    return [
        partition
        for partition, end in ends.items()
        if settled.get(partition, 0) < end and starts.get(partition, 0) < end
    ]
