from pathlib import Path

import pytest

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.profiles import FILES, ProfileBook, Version

A, B, B_ERASED = Version(1_000, 7), Version(2_000, 8), Version(2_000, 7)


class Stand:
    """What the driver has brought, as the test sets it."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint, self.versions = checkpoint, list[Version]()
        self.is_known = False

    def __call__(self) -> list[Version] | None:
        return self.versions if self.is_known else None

    def bring(self, *versions: Version) -> None:
        for one in versions:
            self.checkpoint.write(one.name, b"profiles")
        self.versions, self.is_known = list(versions), True


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint.at(str(tmp_path))


@pytest.fixture
def stand(checkpoint: Checkpoint) -> Stand:
    return Stand(checkpoint)


def files(checkpoint: Checkpoint) -> set[str]:
    return {f"{FILES}/{name}" for name in checkpoint.names(FILES)}


def test_a_batch_keeps_the_profiles_it_began_with(checkpoint: Checkpoint, stand: Stand) -> None:
    book = ProfileBook(checkpoint, stand)
    assert book.of(0) == ()
    stand.bring(A)
    assert [book.of(0), book.of(1)] == [(), (A,)]
    checkpoint.write("offsets/1", b"v1")
    again = ProfileBook(checkpoint, stand)
    stand.bring(B, A)
    assert [again.of(1), again.of(2)] == [(A,), (B, A)]


def test_what_was_brought_before_a_restart_goes_on_until_more_is_known(checkpoint: Checkpoint, stand: Stand) -> None:
    book = ProfileBook(checkpoint, stand)
    stand.bring(A)
    book.of(0)
    stand.is_known = False
    assert ProfileBook(checkpoint, stand).of(1) == (A,)
    assert files(checkpoint) == {A.name}


def test_an_erased_account_leaves_with_the_second_batch_after(checkpoint: Checkpoint, stand: Stand) -> None:
    book = ProfileBook(checkpoint, stand)
    stand.bring(B, A)
    book.of(0)
    stand.bring(B_ERASED, A)
    assert book.of(1) == (B_ERASED, A)
    assert files(checkpoint) == {A.name, B.name, B_ERASED.name}  # batch 0 may come again
    book.of(2)
    assert files(checkpoint) == {A.name, B_ERASED.name}
    assert checkpoint.batches("profiles") == [1]


def test_no_batch_goes_by_a_file_that_is_gone(checkpoint: Checkpoint, stand: Stand) -> None:
    book = ProfileBook(checkpoint, stand)
    stand.bring(A)
    checkpoint.delete(A.name)
    assert book.of(0) == ()


def test_a_file_that_no_batch_goes_by_is_dropped_at_the_start(checkpoint: Checkpoint, stand: Stand) -> None:
    stand.bring(A)
    ProfileBook(checkpoint, stand)
    assert files(checkpoint) == set()
