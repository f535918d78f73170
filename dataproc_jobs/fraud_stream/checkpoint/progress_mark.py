"""How far the stream has come, beside the checkpoint: by this the supervisor knows a batch that lives and hangs.

An erasure knows by it that nothing is left before an offset that holds no record, such as a transaction's marker.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from fraud_stream.checkpoint.directory import Checkpoint

LAST_PROGRESS = "last_progress"
EVERY = timedelta(minutes=1)
EVERY_NEWS = timedelta(seconds=10)

Ends = Mapping[str, Mapping[str, int]]
"""By topic and partition the first offset that has not been read."""

log = structlog.get_logger()


@dataclass
class ProgressMark:
    """The file `last_progress`: when a micro-batch had just ended or nothing was left to read, and up to where.

    A file that cannot be written costs the stream nothing.
    """

    checkpoint: Checkpoint
    now: Callable[[], datetime]
    _marked: tuple[datetime, Ends] | None = None

    def __call__(self, ends: Ends) -> None:
        """Say that the stream has got on, up to `ends`: once a minute, and soon after they have moved."""
        moment = self.now()
        if self._marked and moment - self._marked[0] < (EVERY if ends == self._marked[1] else EVERY_NEWS):
            return
        self._marked = moment, ends
        try:
            self.checkpoint.write(LAST_PROGRESS, msgspec.json.encode({"moved_at": moment, "ends": ends}))
        except OSError as error:
            log.warning("progress_not_marked", error=type(error).__name__)
