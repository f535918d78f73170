import asyncio
import json
from dataclasses import dataclass, field

import redis

from fraud_page.alerts.broadcast import FIRST_ALERTS, Broadcast
from fraud_page.alerts.entry import Entry
from fraud_page.alerts.event_stream import EventStream
from fraud_page.alerts.feed import Feed
from fraud_page.alerts.position import Position
from fraud_page.alerts.source import READ_AT_ONCE, Batch
from fraud_page.alerts.summary import AccountAtRisk
from tests.unit.fraud_page.entries import entry


@dataclass
class Source:
    """A stream that answers, or fails, as a test wants: a real Redis does neither on demand."""

    entries: list[Entry] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    late: list[Entry] = field(default_factory=list)
    """What is added once the faults are over."""
    revisions: list[str] = field(default_factory=lambda: [""])

    async def newest(self, number: int) -> Batch:
        return _batch(self.entries[-number:])

    async def after(self, position: Position) -> Batch:
        await asyncio.sleep(0.001)
        if self.faults:
            raise self.faults.pop()
        self.entries, self.late = [*self.entries, *self.late], []
        newer = [one for one in self.entries if one.position > position]
        return _batch(newer[:READ_AT_ONCE])

    async def revision(self) -> str:
        return self.revisions.pop() if len(self.revisions) > 1 else self.revisions[0]

    async def reported_at(self) -> float | None:
        return None

    async def accounts(self, now_s: int) -> tuple[int, list[AccountAtRisk]]:
        del now_s
        return 0, []


def _batch(entries: list[Entry]) -> Batch:
    return Batch(entries, entries[-1].position if entries else None, len(entries))


def follow(source: Source, position: Position | None, until: int) -> tuple[list[str], list[bool]]:
    """Return the ids a page is sent until it has that many, and what it is told of Redis."""

    async def run() -> tuple[list[str], list[bool]]:
        feed = Feed(source, lambda: 0)
        feed.start()
        ids: list[str] = []
        states: list[bool] = []
        async with asyncio.timeout(20):
            async for chunk in EventStream(Broadcast(feed), position).events():
                for line in chunk.decode().splitlines():
                    if line.startswith('data: {"starts_anew"'):
                        ids += [alert["id"] for alert in json.loads(line[6:])["alerts"]]
                    if line.startswith('data: {"is_up"'):
                        states.append(json.loads(line[6:])["is_up"])
                if len(ids) >= until:
                    feed.close()
        return ids, states

    return asyncio.run(run())


def names(*moments: int) -> list[str]:
    return [f"{moment}-0" for moment in moments]


def test_a_new_page_gets_what_there_is() -> None:
    assert follow(Source([entry(1), entry(2)]), None, 2) == (names(1, 2), [True])


def test_a_page_that_comes_back_gets_what_it_has_not_seen() -> None:
    assert follow(Source([entry(1), entry(2), entry(3)]), Position(1, 0), 2)[0] == names(2, 3)


def test_a_reader_goes_on_whatever_it_meets_and_says_so() -> None:
    faults: list[Exception] = [ValueError("spoilt"), redis.ConnectionError("down")]
    assert follow(Source([entry(1)], faults, [entry(2)]), None, 2) == (names(1, 2), [True, False])


def test_a_page_that_was_overtaken_starts_anew() -> None:
    many = [entry(moment) for moment in range(2, READ_AT_ONCE + 2)]
    ids, _ = follow(Source([entry(1)], [], many), None, FIRST_ALERTS + 1)
    assert ids[0] == "1-0"
    assert ids[-1] == f"{READ_AT_ONCE + 1}-0"


def test_a_page_starts_anew_after_an_erasure() -> None:
    erased = Source([entry(1), entry(2)], revisions=["1", ""])
    assert follow(erased, Position(1, 0), 3)[0] == names(2, 1, 2)
