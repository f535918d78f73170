"""One job on a checkpoint: a second copy refuses to start, and a job that lost its lease writes nothing more.

On a disk the lease is a lock of the kernel's, freed however its holder ends. In a bucket it is an object that its
holder renews, each time on the condition that nobody else has written it since. In both, a successor raises the epoch
that stands there, and every writer looks at it before it writes.
"""

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import IO, TypeVar

import msgspec
import structlog
from google.api_core.exceptions import GoogleAPIError, PreconditionFailed
from google.cloud.storage import Blob
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from fraud_stream.checkpoint.creation import TIMEOUT_S, storage_client
from fraud_stream.checkpoint.directory import Checkpoint

NAME = "lease"
LIFE = timedelta(seconds=60)
"""How long an object's lease lasts without renewal; longer than any pause of a healthy driver."""

PATIENCE = timedelta(seconds=20)
"""How long a successor waits for a predecessor that is just ending."""

log = structlog.get_logger()

Claimed = TypeVar("Claimed")


class CheckpointInUseError(Exception):
    """Another job holds the checkpoint."""


class LeaseLostError(Exception):
    """Another job has taken the checkpoint over: this one must not write."""


class Holder(msgspec.Struct, frozen=True):
    """What stands in the lease: `epoch` grows with each holder; `until` ends an object's lease."""

    epoch: int
    host: str
    pid: int
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Fence:
    """What a writer needs to know that its job still holds the checkpoint."""

    location: str
    epoch: int

    def require(self) -> None:
        """Raise LeaseLostError if a successor stands in the lease."""
        holder = _in_object(self.location).read() if _is_bucket(self.location) else _on_disk(self.location)
        if holder is None or holder.epoch != self.epoch:
            raise LeaseLostError(f"{self.location} is held by another job now: this one writes nothing more")


def hold(location: str, life: timedelta = LIFE, patience: timedelta = PATIENCE) -> AbstractContextManager[Fence]:
    """Hold the lease on a checkpoint while in context.

    Raises CheckpointInUseError when another job holds it and does not let go within `patience`.
    """
    if _is_bucket(location):
        return _hold_object(location, life, patience)
    return _hold_file(location, life, patience)


def _is_bucket(location: str) -> bool:
    return location.startswith("gs://")


@contextmanager
def _hold_file(location: str, life: timedelta, patience: timedelta) -> Iterator[Fence]:
    folder = Path(location.removeprefix("file://"))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{NAME}.lock").open("a") as lock:
        _patiently(partial(_lock, lock, location), patience)
        holder = _following(_on_disk(location), life)
        Checkpoint.at(location).write(NAME, msgspec.json.encode(holder))
        yield Fence(location, holder.epoch)


def _lock(lock: IO[str], location: str) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _refusal(location, _on_disk(location)) from None


def _on_disk(location: str) -> Holder | None:
    content = Checkpoint.at(location).read(NAME)
    return msgspec.json.decode(content, type=Holder) if content else None


@contextmanager
def _hold_object(location: str, life: timedelta, patience: timedelta) -> Iterator[Fence]:
    lease, ended = _in_object(location), Event()
    holder = _patiently(partial(lease.claim, life), patience)
    renewal = Thread(target=lease.renew, args=(holder, life, ended), name="lease", daemon=True)
    renewal.start()
    try:
        yield Fence(location, holder.epoch)
    finally:
        ended.set()
        renewal.join()


@dataclass
class _Object:
    """The object in a bucket; `generation` is that of our last write."""

    location: str
    blob: Blob
    generation: int = 0

    def read(self) -> Holder | None:
        found = self.blob.bucket.get_blob(self.blob.name, timeout=TIMEOUT_S)
        if found is None:
            return None
        self.generation = found.generation
        content = found.download_as_bytes(if_generation_match=found.generation, timeout=TIMEOUT_S)
        return msgspec.json.decode(content, type=Holder)

    def claim(self, life: timedelta) -> Holder:
        self.generation = 0  # of an object that is not there
        previous = self.read()
        if previous and previous.until > datetime.now(UTC):
            raise _refusal(self.location, previous)
        holder = _following(previous, life)
        try:
            self._write(holder)
        except PreconditionFailed:
            raise _refusal(self.location, None) from None
        return holder

    def renew(self, holder: Holder, life: timedelta, ended: Event) -> None:
        """Renew until `ended`, then give the lease back; stop as soon as it is another's."""
        is_over = False
        while not is_over:
            is_over = ended.wait(life.total_seconds() / 4)
            now = datetime.now(UTC)
            try:
                self._write(msgspec.structs.replace(holder, until=now if is_over else now + life))
            except PreconditionFailed:
                log.critical("lease_lost", location=self.location)
                return
            except (GoogleAPIError, OSError) as error:  # the next try may do; writers look at the epoch
                log.warning("lease_not_renewed", location=self.location, error=type(error).__name__)

    def _write(self, holder: Holder) -> None:
        self.blob.upload_from_string(
            msgspec.json.encode(holder), if_generation_match=self.generation, timeout=TIMEOUT_S
        )
        self.generation = self.blob.generation


def _in_object(location: str) -> _Object:
    bucket, _, path = location.removeprefix("gs://").partition("/")
    return _Object(location, storage_client().bucket(bucket).blob(f"{path.rstrip('/')}/{NAME}"))


def _following(previous: Holder | None, life: timedelta) -> Holder:
    now = datetime.now(UTC)
    return Holder(previous.epoch + 1 if previous else 1, socket.gethostname(), os.getpid(), now, now + life)


def _patiently(claim: Callable[[], Claimed], patience: timedelta) -> Claimed:
    trying = retry(
        retry=retry_if_exception_type(CheckpointInUseError),
        stop=stop_after_delay(patience.total_seconds()),
        wait=wait_fixed(0.2),
        reraise=True,
    )
    return trying(claim)()


def _refusal(location: str, holder: Holder | None) -> CheckpointInUseError:
    who = f"process {holder.pid} on {holder.host}, since {holder.since:%Y-%m-%d %H:%M:%S} UTC" if holder else "just now"
    return CheckpointInUseError(
        f"CHECKPOINT_LOCATION: {location} is in use by another job ({who}). "
        "Two jobs on one checkpoint would corrupt it: stop that one first, or name another checkpoint."
    )
