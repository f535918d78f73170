"""How far the job is behind, by its checkpoint and Kafka: the proof itself takes seconds of a core to say so."""

from contextlib import suppress
from math import inf
from pathlib import Path

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.settings import KafkaSettings
from reconciliation.reach import UnreadableStoreError, finished


def positions_left(checkpoint: Path, kafka: str, topic: str) -> float:
    """Return how many of a topic's positions are not finished; infinity while nobody can say."""
    with suppress(UnreadableStoreError):
        reaches = finished(Checkpoint.at(str(checkpoint)), KafkaSettings(kafka_bootstrap_servers=kafka), topic)
        return sum(reach.top - reach.end for reach in reaches)
    return inf
