"""What each batch keeps of something that changes meanwhile: a file a change, by the number of the first batch.

A batch that an end of the job has cut short comes again after it, and some of its rows may be stored already: it gets
what it was begun with, whatever stands by then.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from fraud_stream.checkpoint.directory import Checkpoint

Kept = TypeVar("Kept")


@dataclass
class Book(Generic[Kept]):
    """What batches keep, in a folder of a checkpoint; `absent` is what rules where nothing has been written.

    The driver alone writes, under the job's lease; batches are asked for in their order.
    """

    checkpoint: Checkpoint
    folder: str
    encode: Callable[[Kept], bytes]
    decode: Callable[[bytes], Kept]
    absent: Kept | None = None
    _begun: int = field(init=False)
    _known: dict[int, Kept] = field(init=False)

    def __post_init__(self) -> None:
        """Read what earlier batches kept."""
        self._begun = max(self.checkpoint.numbers("offsets"), default=-1)
        self._known = {
            number: self.decode(self.checkpoint.read(self._name(number)) or b"")
            for number in self.checkpoint.batches(self.folder)
        }

    def of(self, batch_id: int, choose: Callable[[Kept | None], Kept]) -> Kept:
        """Return what a batch keeps: what it was begun with, else what is chosen after what rules before it.

        What is chosen where nothing ruled rules all batches so far.
        """
        ruling = self._ruling(batch_id)
        if batch_id <= self._begun and ruling is not None:
            return ruling
        chosen = choose(ruling)
        if chosen != ruling:
            first = 0 if ruling is None else batch_id
            self.checkpoint.write(self._name(first), self.encode(chosen))
            self._known[first] = chosen
        self._begun = batch_id
        return chosen

    @property
    def kept(self) -> list[Kept]:
        """What any batch has kept that is not forgotten."""
        return list(self._known.values())

    def forget_before(self, batch_id: int) -> list[Kept]:
        """Forget, and return, what no batch from this one on nor the one before it can ask for."""
        earlier = sorted(number for number in self._known if number < batch_id)[:-1]
        for number in earlier:
            self.checkpoint.discard(self._name(number))
        return [self._known.pop(number) for number in earlier]

    def _ruling(self, batch_id: int) -> Kept | None:
        earlier = [number for number in self._known if number <= batch_id]
        return self._known[max(earlier)] if earlier else self.absent

    def _name(self, number: int) -> str:
        return f"{self.folder}/{number}.json"
