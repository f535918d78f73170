"""Where each write stream stands after each batch: kept inside the checkpoint, so that both live and die together."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from pyarrow import fs

from fraud_stream.warehouse import StreamEnd

KEPT_BATCHES = 100

Ends = Mapping[str, Mapping[int, StreamEnd]]
"""Stream ends by table name and sink partition."""


@dataclass(frozen=True)
class Checkpoint:
    """The checkpoint's directory, on a disk or in a bucket."""

    files: fs.FileSystem
    path: str

    @classmethod
    def at(cls, location: str) -> "Checkpoint":
        """Open a location: an absolute path, or `gs://bucket/path`."""
        files, path = fs.FileSystem.from_uri(location)
        return cls(files, path)

    def read(self, name: str) -> bytes | None:
        """Return a file's content, or None where there is none."""
        path = f"{self.path}/{name}"
        if self.files.get_file_info(path).type == fs.FileType.NotFound:
            return None
        with self.files.open_input_stream(path) as stream:
            content: bytes = stream.read()
            return content

    def write(self, name: str, content: bytes) -> None:
        """Write a file that appears whole or not at all."""
        path, hidden = f"{self.path}/{name}", f"{self.path}/{name}.tmp"
        self.files.create_dir(path.rsplit("/", 1)[0], recursive=True)
        with self.files.open_output_stream(hidden) as stream:
            stream.write(content)
        self.files.move(hidden, path)

    def batches(self, folder: str) -> list[int]:
        """Return the numbers of a folder's files `NUMBER.json`, ascending."""
        selector = fs.FileSelector(f"{self.path}/{folder}", allow_not_found=True)
        names = (info.base_name.split(".") for info in self.files.get_file_info(selector))
        return sorted(int(stem) for stem, *ending in names if ending == ["json"])

    def delete(self, name: str) -> None:
        """Delete a file."""
        self.files.delete_file(f"{self.path}/{name}")

    def late_below(self, batch_id: int) -> int:
        """Return the watermark below which a batch's rows were late, in ms since 1970: the batch before's own."""
        offsets = self.read(f"offsets/{batch_id - 1}")
        return _Offsets.decode(offsets.split(b"\n")[1]).batchWatermarkMs if offsets else 0


class _OffsetLine(msgspec.Struct):
    batchWatermarkMs: int  # noqa: N815  Spark's own name in its offset log


class _Offsets:
    decode = msgspec.json.Decoder(_OffsetLine).decode


@dataclass(frozen=True)
class Ledger:
    """One file a batch under `warehouse/`: a replayed batch starts from the ends before it."""

    checkpoint: Checkpoint

    def before(self, batch_id: int) -> Ends | None:
        """Return the stream ends with which a batch starts, or None where nothing has been written yet."""
        earlier = [number for number in self.checkpoint.batches("warehouse") if number < batch_id]
        content = self.checkpoint.read(_name(earlier[-1])) if earlier else None
        return msgspec.json.decode(content, type=dict[str, dict[int, StreamEnd]]) if content else None

    def record(self, batch_id: int, ends: Ends) -> None:
        """Record the stream ends after a batch."""
        self.checkpoint.write(_name(batch_id), msgspec.json.encode(ends))
        if batch_id % KEPT_BATCHES == 0:
            self._forget_before(batch_id - KEPT_BATCHES)

    def _forget_before(self, batch_id: int) -> None:
        for number in self.checkpoint.batches("warehouse"):
            if number < batch_id:
                self.checkpoint.delete(_name(number))


def _name(batch_id: int) -> str:
    return f"warehouse/{batch_id}.json"
