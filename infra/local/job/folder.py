"""What Dataproc's stand-in keeps on disk: a document for each batch, the files of those that run, and the process."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from infra.local.machine.workspace import write_whole


class BatchFolder:
    """The stand-in writes it; who must not wait for Google's libraries reads it."""

    def __init__(self, folder: Path) -> None:
        self._documents, self._work, self._process = folder / "batches", folder / "work", folder / "process"

    def document(self, batch_id: str) -> Path:
        """Return where a batch is written down."""
        return self._documents / f"{batch_id}.json"

    def documents(self) -> Iterator[Path]:
        """Return where the batches are written down."""
        yield from sorted(self._documents.glob("*.json"))

    def work(self, batch_id: str) -> Path:
        """Return the working folder of a batch."""
        return self._work / batch_id

    def clear_work(self) -> None:
        """Remove what batches of a stand-in that was killed have left."""
        shutil.rmtree(self._work, ignore_errors=True)

    def failed(self) -> set[str]:
        """Return the ids of the batches that have failed."""
        return {file.stem for file in self.documents() if json.loads(file.read_text())["state"] == "FAILED"}

    def tell_process(self, pid: int | None) -> None:
        """Write down the process of the batch that runs, None for none."""
        write_whole(self._process, "" if pid is None else str(pid))

    def process(self) -> int | None:
        """Return the process of the batch that runs."""
        text = self._process.read_text() if self._process.exists() else ""
        return int(text) if text else None
