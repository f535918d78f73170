"""Where each write stream stands after each batch: kept inside the checkpoint, so that both live and die together."""

from dataclasses import dataclass

import msgspec

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.sinks.recovery import forget
from fraud_stream.sinks.warehouse import Ends, StreamEnd

KEPT_BATCHES = 100


@dataclass
class Ledger:
    """One file a batch under `warehouse/`: a replayed batch starts from the ends before it.

    What was recorded last is remembered: the batch that follows asks no file. Nobody else writes while the job holds
    its lease.
    """

    checkpoint: Checkpoint
    _latest: tuple[int, Ends] | None = None

    def before(self, batch_id: int) -> Ends | None:
        """Return the stream ends with which a batch starts, or None where nothing has been written yet."""
        if self._latest and self._latest[0] == batch_id - 1:
            return self._latest[1]
        earlier = [number for number in self.checkpoint.batches("warehouse") if number < batch_id]
        content = self.checkpoint.read(_name(earlier[-1])) if earlier else None
        return msgspec.json.decode(content, type=dict[str, dict[int, StreamEnd]]) if content else None

    def record(self, batch_id: int, ends: Ends) -> None:
        """Record the stream ends after a batch."""
        self.checkpoint.write(_name(batch_id), msgspec.json.encode(ends))
        self._latest = batch_id, ends
        if batch_id % KEPT_BATCHES == 0:
            self._forget_before(batch_id - KEPT_BATCHES)
            forget(self.checkpoint, batch_id)

    def _forget_before(self, batch_id: int) -> None:
        for number in self.checkpoint.batches("warehouse"):
            if number < batch_id:
                self.checkpoint.delete(_name(number))


def _name(batch_id: int) -> str:
    return f"warehouse/{batch_id}.json"
