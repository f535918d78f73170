"""What the page reads in Redis: the stream of alerts and the accounts with a live one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import redis.asyncio
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from fraud.alerts.names import ACCOUNT_EXPIRY, REVISION, STREAM, count_key, live_key
from fraud.health.stream import REPORTED, STATUS
from fraud_page.alerts.entry import Entry, read_entry
from fraud_page.alerts.position import Position
from fraud_page.alerts.summary import AccountAtRisk
from fraud_service.stores.foreign import ours

CALL_LIMIT_S = 3.0
BLOCK_MS = 1_000
READ_AT_ONCE = 1_000
ACCOUNTS_SHOWN = 50

log = structlog.get_logger()


class _LiveAlert(msgspec.Struct):
    """The part of an account's live alert that the page shows."""

    severity: str
    fraud_score: int


class Batch(NamedTuple):
    """Entries, oldest first; the position of the last one read and their number, unreadable ones included."""

    entries: list[Entry]
    end: Position | None
    read: int


@dataclass(frozen=True)
class LiveRedis:
    """The Redis side of the page; every call raises redis.RedisError while Redis does not answer."""

    client: Any  # redis-py's asynchronous client: its annotations are those of the synchronous one

    @classmethod
    def at(cls, url: str) -> "LiveRedis":
        """Return the reader of a Redis; it gives up at once, since the page tells people and tries again."""
        retry = Retry(NoBackoff(), 0)
        client = redis.asyncio.Redis.from_url(
            url, socket_timeout=CALL_LIMIT_S, socket_connect_timeout=CALL_LIMIT_S, retry=retry
        )
        return cls(client)

    async def newest(self, number: int) -> Batch:
        """Return at most `number` entries."""
        return self._batch((await self.client.xrevrange(STREAM, count=number))[::-1])

    async def after(self, position: Position) -> Batch:
        """Return entries after a position; waits up to a second for the first one."""
        streams = await self.client.xread({STREAM: str(position)}, count=READ_AT_ONCE, block=BLOCK_MS)
        return self._batch(streams[0][1] if streams else [])

    async def revision(self) -> str:
        """Return what changes whenever an erasure takes entries out of the stream."""
        return (await self.client.get(REVISION) or b"").decode()

    async def reported_at(self) -> float | None:
        """Return when the job last gave a sign of life, in seconds since 1970; None before its first."""
        held = await self.client.hget(STATUS, REPORTED)
        return None if held is None else float(held)

    async def accounts(self, now_s: int) -> tuple[int, list[AccountAtRisk]]:
        """Return how many accounts have a live alert, and the latest of them."""
        pipeline = self.client.pipeline(transaction=False)
        pipeline.zcount(ACCOUNT_EXPIRY, f"({now_s}", "+inf")
        pipeline.zrevrangebyscore(ACCOUNT_EXPIRY, "+inf", f"({now_s}", start=0, num=ACCOUNTS_SHOWN, withscores=True)
        total, latest = await pipeline.execute()
        return total, await self._described(latest)

    async def _described(self, latest: Sequence[tuple[bytes, float]]) -> list[AccountAtRisk]:
        names = [name.decode(errors="replace") for name, _ in latest]
        keys = [*map(live_key, names), *map(count_key, names)]
        values = await self.client.mget(keys) if keys else []
        alerts, counts = values[: len(names)], values[len(names) :]
        live = [row for row in zip(names, latest, alerts, counts, strict=True) if row[2] is not None]
        return [account for _, account in ours("redis.live_alerts", live, lambda row: _at_risk(*row))]

    def _batch(self, raw: Sequence[tuple[bytes, Mapping[bytes, bytes]]]) -> Batch:
        entries = [entry for name, fields in raw if (entry := self._entry(name, fields))]
        return Batch(entries, Position.parse(raw[-1][0].decode()) if raw else None, len(raw))

    def _entry(self, name: bytes, fields: Mapping[bytes, bytes]) -> Entry | None:
        try:
            return read_entry(name, fields)
        except (KeyError, ArithmeticError, ValueError) as error:
            log.error("entry_unreadable", entry=name.decode(), error=type(error).__name__)  # noqa: TRY400
            return None


def _at_risk(name: str, latest: tuple[bytes, float], alert: bytes, count: bytes | None) -> AccountAtRisk:
    live = msgspec.json.decode(alert, type=_LiveAlert)
    return AccountAtRisk(name, live.severity, live.fraud_score, int(count or 1), int(latest[1]))
