"""When the stream last got on, beside the checkpoint: by this the supervisor knows a batch that lives and hangs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from fraud_stream.checkpoint.directory import Checkpoint

LAST_PROGRESS = "last_progress"
EVERY = timedelta(minutes=1)

log = structlog.get_logger()


@dataclass
class ProgressMark:
    """The file `last_progress`: the moment at which a micro-batch had just ended, or nothing was left to read.

    A file that cannot be written costs the stream nothing.
    """

    checkpoint: Checkpoint
    now: Callable[[], datetime]
    _marked_at: datetime | None = None

    def __call__(self) -> None:
        """Say that the stream has got on; a file a minute is enough."""
        moment = self.now()
        if self._marked_at and moment - self._marked_at < EVERY:
            return
        self._marked_at = moment
        try:
            self.checkpoint.write(LAST_PROGRESS, moment.isoformat().encode())
        except OSError as error:
            log.warning("progress_not_marked", error=type(error).__name__)
