from pathlib import Path

import pyarrow as pa
import pytest

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.state.ids import MEMORY, Ids
from fraud_stream.state.run import UnknownStateError
from fraud_stream.state.store import BLOCKS, RunStore

FOREVER = Ids(0)


def rows(*numbers: int, at: int = 0, offset: int = 0) -> pa.Table:
    columns = [numbers, numbers, [at] * len(numbers), [0] * len(numbers), [offset] * len(numbers)]
    return pa.table([*map(pa.array, columns)], FOREVER.schema.names).cast(FOREVER.schema)


def store_at(folder: Path, copies: Path | None = None) -> RunStore:
    return RunStore(Checkpoint.at(str(folder)), "runs/ids/0", copies)


def remember(store: RunStore, batch: int, entries: pa.Table) -> pa.RecordBatch:
    """Write a batch's run as a task does, which has read those before it."""
    store.before(batch, FOREVER)
    return store.create(batch, FOREVER, entries)


def held(store: RunStore, batch: int, family: Ids = FOREVER) -> list[int]:
    return sorted(number for run in store.before(batch, family) for number in run.rows["h1"].to_pylist())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "runs/ids/0").iterdir())


@pytest.fixture(params=["on a disk", "in a bucket, with copies"])
def folders(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path | None]:
    return tmp_path, tmp_path / "copies" if request.param != "on a disk" else None


def test_a_batch_sees_what_those_before_it_wrote_and_nothing_of_its_own(folders: tuple[Path, Path | None]) -> None:
    store = store_at(*folders)
    assert held(store, 0) == []
    remember(store, 0, rows(5, 3))
    remember(store, 1, rows(4))
    assert (held(store, 1), held(store, 2), held(store, 1)) == ([3, 5], [3, 4, 5], [3, 5])


def test_a_bucket_without_rows_leaves_no_file(folders: tuple[Path, Path | None]) -> None:
    store = store_at(*folders)
    remember(store, 0, rows(1))
    for batch in range(1, 5):
        remember(store, batch, rows())
        assert held(store, batch + 1) == [1]
    assert names(folders[0]) == ["0_0.arrow"]


def test_of_two_attempts_the_first_decides(folders: tuple[Path, Path | None]) -> None:
    first, second = store_at(*folders), store_at(*folders)
    assert remember(first, 0, rows(1, offset=7))["offset"].to_pylist() == [7]
    assert remember(second, 0, rows(1, 2, offset=9))["offset"].to_pylist() == [7]
    assert held(second, 1) == [1]


@pytest.mark.parametrize("batches", [16, 17, 33, 256, 300])
def test_few_runs_are_looked_at_however_many_batches_there_were(tmp_path: Path, batches: int) -> None:
    store = store_at(tmp_path)
    for batch in range(batches):
        remember(store, batch, rows(batch))
    assert held(store, batches) == list(range(batches))
    small, large = batches % BLOCKS[0], batches % BLOCKS[1] // BLOCKS[0]
    assert len(store.before(batches, FOREVER)) == small + large + batches // BLOCKS[1]
    assert len(names(tmp_path)) == len(store.before(batches, FOREVER))


def test_merged_runs_are_sorted(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for batch in range(16):
        remember(store, batch, rows(100 - batch, batch))
    [run] = store.before(16, FOREVER)
    assert run.rows["h1"].to_pylist() == [*range(16), *range(85, 101)]


def test_a_new_executor_reads_what_others_wrote(tmp_path: Path) -> None:
    mine, theirs = store_at(tmp_path, tmp_path / "mine"), store_at(tmp_path, tmp_path / "theirs")
    for batch in range(40):
        writer = (mine, theirs)[batch % 3 == 0]
        assert held(writer, batch) == list(range(batch))
        remember(writer, batch, rows(batch))
    fresh = store_at(tmp_path, tmp_path / "fresh")
    assert held(mine, 40) == held(theirs, 40) == held(fresh, 40) == list(range(40))
    assert len(list((tmp_path / "fresh").iterdir())) <= 3 + 16


def test_a_disk_that_has_been_emptied_is_filled_again(tmp_path: Path) -> None:
    store = store_at(tmp_path, tmp_path / "copies")
    for batch in range(3):
        remember(store, batch, rows(batch))
    for path in (tmp_path / "copies").iterdir():
        path.unlink()
    assert held(store_at(tmp_path, tmp_path / "copies"), 3) == [0, 1, 2]


def test_a_batch_that_comes_again_after_a_merge_sees_the_same(folders: tuple[Path, Path | None]) -> None:
    store = store_at(*folders)
    for batch in range(16):
        remember(store, batch, rows(batch))
    before = held(store, 16)
    remember(store, 16, rows(16))
    assert held(store_at(*folders), 16) == before == list(range(16))


def test_what_a_crash_leaves_between_merging_and_dropping_is_cleared(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for batch in range(16):
        remember(store, batch, rows(batch))
    part = (tmp_path / "runs/ids/0/3_3.arrow").read_bytes()
    store.before(16, FOREVER)
    (tmp_path / "runs/ids/0/3_3.arrow").write_bytes(part)
    (tmp_path / "runs/ids/0/stranger.txt").write_bytes(b"not ours")
    assert held(store_at(tmp_path), 17) == list(range(16))
    assert names(tmp_path) == ["0_15.arrow", "stranger.txt"]


def test_runs_that_nothing_can_need_are_dropped_whole(folders: tuple[Path, Path | None]) -> None:
    store = store_at(*folders)
    remember(store, 0, rows(0, at=10))
    remember(store, 1, rows(1, at=11))
    assert held(store, 2, Ids(MEMORY + 9)) == [0, 1]
    assert held(store, 2, Ids(MEMORY + 10)) == [1]
    assert names(folders[0]) == ["1_1.arrow"]


def test_rows_that_nothing_can_need_are_left_out_of_merged_runs(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    for batch in range(16):
        remember(store, batch, pa.concat_tables([rows(batch, at=batch), rows(99, at=1_000)]))
    assert sorted(set(held(store, 16, Ids(MEMORY + 7)))) == [*range(8, 16), 99]


def test_state_of_another_version_is_refused(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    sink = pa.BufferOutputStream()
    content = pa.RecordBatch.from_arrays([pa.array([1])], ["h1"])
    with pa.ipc.new_file(sink, content.schema) as writer:
        writer.write_batch(content)
    store.home.create("runs/ids/0/0_0.arrow", sink.getvalue().to_pybytes())
    with pytest.raises(UnknownStateError, match="version none; this release reads version 3"):
        store.before(1, FOREVER)


def test_runs_that_vanish_while_they_are_read_are_looked_for_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = store_at(tmp_path), store_at(tmp_path)
    for batch in range(16):
        remember(store, batch, rows(batch))
    listed = other.home.names("runs/ids/0")
    store.before(16, FOREVER)  # merges, and drops what has just been listed
    answers = iter([listed])
    monkeypatch.setattr(Checkpoint, "names", lambda self, folder: next(answers, None) or _names(self, folder))
    assert held(other, 16) == list(range(16))


_names = Checkpoint.names
