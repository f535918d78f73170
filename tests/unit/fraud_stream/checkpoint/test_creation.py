from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest

from fraud_stream.checkpoint.creation import create_on_disk
from fraud_stream.checkpoint.directory import Checkpoint


def tried(path: str, writer: int) -> list[bool]:
    """Try to create a hundred files, each with the writer's number many times over."""
    return [create_on_disk(f"{path}/chunks/{number}", b"%d," % writer * 10_000) for number in range(100)]


def writers(outcomes: Iterable[list[bool]]) -> list[int]:
    """Return who got True for each file; fails where that is not exactly one."""
    return [
        [writer for writer, is_first in enumerate(of_file) if is_first].pop() for of_file in zip(*outcomes, strict=True)
    ]


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    checkpoint = Checkpoint.at(str(tmp_path / "checkpoint"))
    assert [checkpoint.create("chunks/1", content) for content in (b"one", b"two")] == [True, False]
    assert checkpoint.read("chunks/1") == b"one"
    assert [path.name for path in (tmp_path / "checkpoint/chunks").iterdir()] == ["1"]


def test_of_several_processes_at_once_one_decides_and_its_file_is_whole(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, get_context("spawn")) as processes:
        outcomes = list(processes.map(partial(tried, str(tmp_path)), range(4)))
    assert [sum(of_file) for of_file in zip(*outcomes, strict=True)] == [1] * 100
    contents = [(tmp_path / f"chunks/{number}").read_bytes() for number in range(100)]
    assert contents == [b"%d," % writer * 10_000 for writer in writers(outcomes)]


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "chunks"
    with pytest.raises(OSError, match="too long"):
        create_on_disk(str(folder / ("a" * 250)), b"one")
    assert list(folder.iterdir()) == []
