"""The checkpoint's directory, on a disk or in a bucket: what Spark keeps there, and what we keep beside it."""

import re
from contextlib import suppress
from dataclasses import dataclass

from pyarrow import fs

from fraud_stream.checkpoint.creation import create_in_bucket, create_on_disk

_BATCH = re.compile(r"(-?[0-9]{1,18})\.json")
OUTAGE_S = 90
"""How long a bucket that is away is waited for; its client would wait for a quarter of an hour."""


@dataclass(frozen=True)
class Checkpoint:
    """The checkpoint's directory, on a disk or in a bucket."""

    files: fs.FileSystem
    path: str

    @classmethod
    def at(cls, location: str) -> "Checkpoint":
        """Open a location: an absolute path, or `gs://bucket/path`."""
        options = (
            f"{'&' if '?' in location else '?'}retry_limit_seconds={OUTAGE_S}" if location.startswith("gs:") else ""
        )
        files, path = fs.FileSystem.from_uri(location + options)
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

    def create(self, name: str, content: bytes) -> bool:
        """Create a file, whole or not at all, unless it is there: then return False and leave it as it is.

        Of several writers at once one gets True. In a bucket, False may be told of one's own file, where the answer to
        a first request was lost: whoever must agree with the others reads the file and follows what stands there.
        """
        path = f"{self.path}/{name}"
        is_bucket = isinstance(self.files, fs.GcsFileSystem)
        return create_in_bucket(path, content) if is_bucket else create_on_disk(path, content)

    def batches(self, folder: str) -> list[int]:
        """Return the numbers of a folder's files `NUMBER.json`, ascending; other files are passed over."""
        selector = fs.FileSelector(f"{self.path}/{folder}", allow_not_found=True)
        names = (_BATCH.fullmatch(info.base_name) for info in self.files.get_file_info(selector))
        return sorted(int(found[1]) for found in names if found)

    def numbers(self, folder: str) -> list[int]:
        """Return the files of a folder that are named by a number alone, as Spark names a batch's, ascending."""
        selector = fs.FileSelector(f"{self.path}/{folder}", allow_not_found=True)
        names = (info.base_name for info in self.files.get_file_info(selector))
        return sorted(int(name) for name in names if name.isdigit())

    def delete(self, name: str) -> None:
        """Delete a file."""
        self.files.delete_file(f"{self.path}/{name}")

    def discard(self, name: str) -> None:
        """Delete a file, if it is there; another process may delete it meanwhile."""
        if self.files.get_file_info(f"{self.path}/{name}").type != fs.FileType.NotFound:
            with suppress(FileNotFoundError):
                self.delete(name)

    def names(self, folder: str) -> list[str]:
        """Return the names of a folder's files."""
        selector = fs.FileSelector(f"{self.path}/{folder}", allow_not_found=True)
        return [info.base_name for info in self.files.get_file_info(selector) if info.type == fs.FileType.File]

    def size(self, folder: str) -> int:
        """Return the bytes of a folder's files, those of its folders included."""
        selector = fs.FileSelector(f"{self.path}/{folder}", allow_not_found=True, recursive=True)
        return sum(info.size or 0 for info in self.files.get_file_info(selector))
