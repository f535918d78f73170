"""Which key version each batch is masked with: one position never carries two tokens."""

from collections.abc import Callable

from fraud_stream.checkpoint.book import Book
from fraud_stream.checkpoint.directory import Checkpoint

FOLDER = "key_versions"


class KeyVersions:
    """The versions of a checkpoint's batches; `masking` tells the one that new batches are masked with."""

    def __init__(self, checkpoint: Checkpoint, masking: Callable[[], str]) -> None:
        self._masking = masking
        self._book = Book(checkpoint, FOLDER, str.encode, bytes.decode)

    def of(self, batch_id: int) -> str:
        """Return the version of a batch: the one it was begun with, else the one that masks now."""
        return self._book.of(batch_id, lambda _: self._masking())
