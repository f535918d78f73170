"""Which key version each batch is masked with, kept in the checkpoint.

A batch that an end of the job has cut short comes again after it, and an attempt of a task may run beside another. Some
of its rows may be stored already, so it must be masked with the same key, whatever the keys have become meanwhile: one
position never carries two tokens.
"""

from dataclasses import dataclass

from pyspark import TaskContext

from fraud_stream.checkpoint.directory import Checkpoint

FOLDER = "key_versions"
KEPT = 10
"""Spark runs again the last batch that it has begun, never one before the last that is committed."""


@dataclass(frozen=True)
class KeyVersions:
    """`key_versions/{batch_id}` holds a version, written once: the first task that asks decides for all."""

    checkpoint: Checkpoint

    def of(self, batch_id: int, wanted: str) -> str:
        """Return the version of a batch: `wanted`, unless another has been decided before."""
        decided = self.checkpoint.read(_name(batch_id))
        if decided is None and self.checkpoint.create(_name(batch_id), wanted.encode()):
            self.checkpoint.discard(_name(batch_id - KEPT))
            return wanted
        # of two at once the first has decided
        return (decided or self.checkpoint.read(_name(batch_id)) or wanted.encode()).decode()


def running_batch() -> int:
    """Return the number of the micro-batch that a streaming task belongs to."""
    context = TaskContext.get()
    number = context.getLocalProperty("streaming.sql.batchId") if context else None
    if number is None:
        raise RuntimeError("the number of a micro-batch is known in a task of a streaming query only")
    return int(number)


def _name(batch_id: int) -> str:
    return f"{FOLDER}/{batch_id}"
