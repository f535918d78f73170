"""How the supervisor ends a batch cleanly: a marker `stop/<batch id>` beside the checkpoint."""

import structlog
from pyspark.sql.streaming.query import StreamingQuery

from fraud_stream.checkpoint.directory import Checkpoint

log = structlog.get_logger()

_LOOK_EVERY_S = 2


def run_until_asked(query: StreamingQuery, checkpoint: Checkpoint, batch_id: str | None) -> None:
    """Wait until the query ends, or until this batch is asked to stop; raises what ended the query.

    A micro-batch that is being written comes again in the next batch, with the same positions; nothing is doubled.
    """
    while not query.awaitTermination(_LOOK_EVERY_S):
        if batch_id and _is_asked(checkpoint, batch_id):
            log.info("stop_requested", stream_batch_id=batch_id)
            query.stop()


def _is_asked(checkpoint: Checkpoint, batch_id: str) -> bool:
    try:
        return checkpoint.read(f"stop/{batch_id}") is not None
    except OSError:  # the next look will tell; a bucket that is gone ends the query by itself
        return False
