"""The one reader of a process: it follows the Redis stream, and every open page follows it.

Pages hold a position, not a queue: a slow page costs no memory, and one that comes back after a restart of anything
is given what it has not seen. While Redis is down, the feed says so and goes on trying.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Protocol

import structlog

from fraud.health.stream import Detection, detection
from fraud_page.alerts.history import History
from fraud_page.alerts.position import START, Position
from fraud_page.alerts.source import READ_AT_ONCE, Batch
from fraud_page.alerts.summary import AccountAtRisk, Summary, summarise
from fraud_page.alerts.tally import Tally
from fraud_page.health.watch import Down

HISTORY_LENGTH = 10_000
"""As many entries as the job keeps in the stream."""

GATHER_S = 0.03
"""Least time between two looks at the stream: what comes within it reaches the pages together."""

RETRY_S = 0.25
SUMMARY_EVERY_S = 1.0

BEAT_EVERY_S = 10.0
"""A page that hears nothing for longer than this knows that its connection is dead."""

log = structlog.get_logger()


class AlertSource(Protocol):
    """Where alerts are read; any call may raise."""

    async def newest(self, number: int) -> Batch:
        """Return at most `number` entries."""

    async def after(self, position: Position) -> Batch:
        """Return entries after a position."""

    async def revision(self) -> str:
        """Return what changes whenever entries are taken out of the stream, since somebody's data was erased."""

    async def reported_at(self) -> float | None:
        """Return when the job last gave a sign of life, in seconds since 1970; None before its first."""

    async def accounts(self, now_s: int) -> tuple[int, list[AccountAtRisk]]:
        """Return how many accounts have a live alert, and the latest of them."""


class Feed:
    """The state of the stream in this process; `clock_ms` gives the moment in Unix ms, `down` what does not answer."""

    def __init__(self, source: AlertSource, clock_ms: Callable[[], int], down: Callable[[], list[Down]] = list) -> None:
        self.history = History(HISTORY_LENGTH)
        self.summary: Summary | None = None
        self.revision = ""
        self.is_up: bool | None = None
        self.detection = Detection.AWAITED
        self.down: list[Down] = []
        self.is_closing = False
        self._tally = Tally()
        self._source = source
        self._clock_ms = clock_ms
        self._what_is_down = down
        self._position: Position | None = None
        self._newest_revision = ""
        self._news = asyncio.Event()
        self._told_at = 0.0
        self._reported_at: float | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to read, once; to be called in the event loop that serves the pages."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._count())]

    def close(self) -> None:
        """Let every page end, since the process is about to."""
        self.is_closing = True
        self._tell()

    @property
    def is_loaded(self) -> bool:
        """Whether the history has been read."""
        return self._position is not None

    @property
    def silent_s(self) -> float | None:
        """For how many seconds the job has given no sign of life; None where it never has."""
        return None if self._reported_at is None else self._clock_ms() / 1000 - self._reported_at

    @property
    def news(self) -> asyncio.Event:
        """The event that will be set at the next change; to be taken before looking at the state."""
        return self._news

    async def is_ready(self, within_s: float) -> bool:
        """Tell whether the stream is being read; waits a little for the first look."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not self.is_up:
                    await self.news.wait()
        return bool(self.is_up)

    def _tell(self) -> None:
        self._told_at = monotonic()
        self._news.set()
        self._news = asyncio.Event()

    async def _tell_all(self) -> None:
        """Tell the pages of alerts, then rest for as long as that took: many pages get larger batches, not a queue."""
        begun = monotonic()
        self._tell()
        await asyncio.sleep(0)  # every page that waited has written by then
        await asyncio.sleep(max(GATHER_S, monotonic() - begun))

    def _set_up(self, *, is_up: bool) -> None:
        if is_up is not self.is_up:
            self.is_up = is_up
            log.info("stream_read" if is_up else "stream_out_of_reach")
            self._tell()

    async def _follow(self) -> None:
        while not self.is_closing:
            try:
                await self._read()
                self._set_up(is_up=True)
            except Exception as error:  # noqa: BLE001  whatever it met, the one reader goes on, and pages are told
                self._set_up(is_up=False)
                log.debug("retry", error=type(error).__name__)
                await asyncio.sleep(RETRY_S)

    async def _read(self) -> None:
        """Take in what is new: everything at first, after an erasure, and where more came than one look shows."""
        if self._position is None or self._newest_revision != self.revision:
            await self._load()
            return
        batch = await self._source.after(self._position)
        self._position = batch.end or self._position
        if batch.read >= READ_AT_ONCE:
            await self._load()
        elif batch.entries:
            self.history.append(batch.entries)
            self._tally.add(batch.entries)
            await self._tell_all()

    async def _load(self) -> None:
        await self._listen()
        revision = await self._source.revision()
        batch = await self._source.newest(HISTORY_LENGTH)
        self.revision = self._newest_revision = revision
        is_cut = batch.read >= HISTORY_LENGTH
        self.history.replace(batch.entries, is_cut=is_cut)
        self._tally = Tally(batch.entries, is_cut=is_cut)
        self._position = batch.end or START
        self._tell()

    async def _count(self) -> None:
        while not self.is_closing:
            self._note_down()
            if self.is_up:
                try:
                    await self._look()
                except Exception as error:  # noqa: BLE001  the next look may find what this one did not
                    log.debug("no_summary", error=type(error).__name__)
            if monotonic() - self._told_at >= BEAT_EVERY_S:
                self._tell()
            await asyncio.sleep(SUMMARY_EVERY_S)

    def _note_down(self) -> None:
        down = self._what_is_down()
        if down != self.down:
            self.down = down
            self._tell()

    async def _look(self) -> None:
        self._newest_revision = await self._source.revision()
        await self._listen()
        await self._summarise()

    async def _listen(self) -> None:
        """Take note of whether the job speaks."""
        self._reported_at = await self._source.reported_at()
        fares = detection(self.silent_s)
        if fares is not self.detection:
            self.detection = fares
            self._tell()

    async def _summarise(self) -> None:
        now_ms = self._clock_ms()
        total, accounts = await self._source.accounts(now_ms // 1000)
        summary = summarise(self.history, self._tally, now_ms, total, accounts)
        if summary != self.summary:
            self.summary = summary
            self._tell()
