"""Create-if-absent in a bucket, on a server that honours generation preconditions."""

from concurrent.futures import ThreadPoolExecutor

from pyarrow import fs

from fraud_stream.checkpoint import creation
from fraud_stream.checkpoint.directory import Checkpoint


def stored(location: str, name: str) -> bytes:
    """Return an object's content."""
    bucket, _, path = location.removeprefix("gs://").partition("/")
    content: bytes = creation.storage_client().bucket(bucket).blob(f"{path}/{name}").download_as_bytes()
    return content


def checkpoint_of(location: str) -> Checkpoint:
    """Open a checkpoint in the bucket."""
    return Checkpoint(fs.GcsFileSystem(anonymous=True), location.removeprefix("gs://"))


def test_an_object_that_is_there_is_left_as_it_is(location: str) -> None:
    checkpoint = checkpoint_of(location)
    assert [checkpoint.create("chunks/1", content) for content in (b"one", b"two")] == [True, False]
    assert stored(location, "chunks/1") == b"one"


def test_of_many_writers_at_once_one_decides(location: str) -> None:
    checkpoint = checkpoint_of(location)
    contents = [b"%d" % writer * 10_000 for writer in range(8)]
    with ThreadPoolExecutor(8) as writers:
        outcomes = list(writers.map(lambda content: checkpoint.create("chunks/1", content), contents))
    assert sum(outcomes) == 1
    assert stored(location, "chunks/1") == contents[outcomes.index(True)]
