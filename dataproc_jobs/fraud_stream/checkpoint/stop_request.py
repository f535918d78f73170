"""How the supervisor ends a batch cleanly: a marker `stop/<batch id>` beside the checkpoint."""

from collections.abc import Callable
from time import monotonic

import structlog
from pyspark.sql.streaming.query import StreamingQuery

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.gate import Gate

PATIENCE_S = 120.0
"""How long a micro-batch that is being written may take to finish."""

log = structlog.get_logger()

_LOOK_EVERY_S = 2
_LOOK_FOR_THE_END_EVERY_S = 1
_IDLE_LOOKS = 2
"""Between two micro-batches the query seems idle for an instant, and the next is about to come to the gate."""


def run_until_asked(
    query: StreamingQuery,
    checkpoint: Checkpoint,
    batch_id: str | None,
    gate: Gate,
    look: Callable[[], None],
    patience_s: float = PATIENCE_S,
) -> None:
    """Wait until the query ends, or until this batch is asked to stop; `look` every two seconds.

    Raises what ended the query. A micro-batch that is being written is finished; the next one, which waits at the gate
    then, comes again in the next batch with the same positions.
    """
    while not query.awaitTermination(_LOOK_EVERY_S):
        look()
        if batch_id and _is_asked(checkpoint, batch_id):
            log.info("stop_requested", stream_batch_id=batch_id)
            gate.close()
            if not _is_between_batches(query, gate, patience_s):
                log.warning("batch_interrupted", stream_batch_id=batch_id, after_s=patience_s)
            query.stop()


def _is_between_batches(query: StreamingQuery, gate: Gate, patience_s: float) -> bool:
    """Wait until nothing is being written, and tell whether it came to that; the gate is closed."""
    deadline, idle_looks = monotonic() + patience_s, 0
    while not gate.is_waited_at and idle_looks < _IDLE_LOOKS:
        if monotonic() > deadline:
            return False
        if query.awaitTermination(_LOOK_FOR_THE_END_EVERY_S):
            break
        idle_looks = 0 if query.status["isTriggerActive"] else idle_looks + 1
    return True


def _is_asked(checkpoint: Checkpoint, batch_id: str) -> bool:
    try:
        return checkpoint.read(f"stop/{batch_id}") is not None
    except OSError:  # the next look will tell; a bucket that is gone ends the query by itself
        return False
