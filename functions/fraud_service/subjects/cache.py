"""A subject's live alerts in Redis: the entries of the page's stream, the hour's counted alerts, the live alert.

Redis knows accounts and transactions; which of them are the subject's is told by the alerts in the stream, which carry
the card's token, and by the rows in BigQuery. So this store is swept before the rows go.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec
import redis
from redis.commands.core import Script

from fraud.alerts.names import ACCOUNT_EXPIRY, ACCOUNTS, REVISION, STREAM, count_key, counted_key, live_key
from fraud.erasure.mark import Mark, erased_card_key
from fraud.erasure.request import Erasure, Run, Tally
from fraud.subjects.subject import Subject
from fraud_service.stores.cache import passing_over_foreign, reaching_redis
from fraud_service.stores.foreign import ours
from fraud_service.subjects.rows import SubjectRows

STORES = ("redis.alert_stream", "redis.counted_alerts", "redis.live_alerts")
ERASED_CARDS = "redis.erased_cards"
"""The marks that `dataproc_jobs/fraud_stream/sinks/alert_cache.lua` looks at before it writes an alert."""

LONGEST_LIFE = timedelta(hours=2)
"""The hour that alerts are counted for, and an hour for a job that is behind: older ones are gone by themselves."""

FORGET = """
local function holds(key, kind)
  return redis.call('TYPE', key).ok == kind
end
local gone = 0
if holds(KEYS[1], 'zset') then
  for index = 2, #ARGV do
    gone = gone + redis.call('ZREM', KEYS[1], ARGV[index])
  end
  local count = redis.call('ZCARD', KEYS[1])
  local life = redis.call('TTL', KEYS[2])
  if count == 0 then redis.call('DEL', KEYS[2])
  elseif life > 0 then redis.call('SET', KEYS[2], count, 'EX', life) end
end
local is_alert, live = false, holds(KEYS[3], 'string') and redis.call('GET', KEYS[3])
if live then is_alert, live = pcall(cjson.decode, live) end
if is_alert and type(live) == 'table' then
  local id = live.transaction_id
  for index = 2, #ARGV do
    if ARGV[index] == id then
      redis.call('DEL', KEYS[3])
      redis.pcall('SREM', KEYS[4], ARGV[1])
      redis.pcall('ZREM', KEYS[5], ARGV[1])
      gone = gone + 1
    end
  end
end
return gone
"""


class _StreamAlert(msgspec.Struct):
    transaction_id: str
    sender_account_id: str
    card_token: str
    pii_hash: str
    event_time: datetime
    kafka_partition: int | None = None
    kafka_offset: int | None = None


_STREAM_ALERT = msgspec.json.Decoder(_StreamAlert)


@dataclass(frozen=True)
class _Entry:
    """An entry of the stream that is one erasure's."""

    owner: Erasure
    entry_id: bytes
    account: str
    transaction_id: str


@dataclass(frozen=True)
class SubjectCache:
    """Redis as the job writes it."""

    client: redis.Redis
    rows: SubjectRows

    def bar(self, marks: Mapping[str, Mark], until: datetime) -> None:
        """Let the job write no more of the payments that cards' marks cover, by token.

        Raises RetryableError while Redis is down.
        """
        with reaching_redis(), self.client.pipeline(transaction=False) as pipeline:
            for token, mark in marks.items():
                pipeline.set(erased_card_key(token), msgspec.json.encode(mark), exat=until)
            pipeline.execute()

    def held(self, subject: Subject, _limit: int) -> dict[str, list[dict[str, Any]]]:
        """Return a subject's alerts, and its cards' marks. Raises RetryableError while Redis is down."""
        keys = [erased_card_key(token) for token in subject.card_tokens]
        with reaching_redis():  # the client's own types allow for every protocol version
            entries: Any = self.client.xrange(STREAM)
            marks: Any = self.client.mget(keys) if keys else ()
            read = ours("redis.alert_stream", entries, lambda entry: _document(entry[1][b"alert"]))
            named = [one for _, one in read if subject.is_named_by(one.get("card_token"), one.get("pii_hash"))]
            mine = sorted({(str(one["sender_account_id"]), str(one["transaction_id"])) for one in named})
            counted = [_pair(*one) for one in mine if self._counted(one[0], [one[1]])]
            live = [_pair(*one) for one in mine if self._live(one[0]) == one[1]]
        held_marks = ours(ERASED_CARDS, (mark for mark in marks if mark), _document)
        return {
            "redis.alert_stream": named,
            ERASED_CARDS: [mark for _, mark in held_marks],
            "redis.counted_alerts": counted,
            "redis.live_alerts": live,
        }

    def count(self, run: Run, now: datetime) -> Tally:
        """Return how many entries each erasure finds, by request."""
        counts = run.tally(STORES)
        with reaching_redis():
            entries = self._entries(run)
            for entry in entries:
                counts[entry.owner.request_id]["redis.alert_stream"] += 1
            for owner, account, transactions in _by_account(self._transactions(run, entries, now)):
                counts[owner.request_id]["redis.counted_alerts"] += self._counted(account, transactions)
                counts[owner.request_id]["redis.live_alerts"] += self._live(account) in transactions
        return counts

    def _counted(self, account: str, transactions: Iterable[str]) -> int:
        """Return how many of these transactions are counted for an account."""
        scores: Any = ()
        with passing_over_foreign("redis.counted_alerts"):
            scores = self.client.zmscore(counted_key(account), sorted(transactions))
        return sum(score is not None for score in scores)

    def _live(self, account: str) -> str | None:
        """Return the transaction of an account's live alert, if it has one."""
        live: dict[str, Any] = {}
        with passing_over_foreign("redis.live_alerts"):
            held: Any = self.client.get(live_key(account))
            live = _document(held) if held else {}
        return live.get("transaction_id")

    def erase(self, run: Run, now: datetime) -> dict[str, dict[str, datetime]]:
        """Remove the entries; repeated, it changes nothing more. Raises RetryableError while Redis is down."""
        if not any(map(run.has_found, STORES)):
            return {}
        with reaching_redis():
            entries = self._entries(run)
            for _, account, transactions in _by_account(self._transactions(run, entries, now)):
                self._forget(account, transactions)
            if entries:
                self._take_out({entry.entry_id for entry in entries})
        return {}

    def _take_out(self, entry_ids: set[bytes]) -> None:
        """Delete entries, and tell the live pages in the same step: what they hold of them goes too."""
        pipeline = self.client.pipeline()
        pipeline.xdel(STREAM, *entry_ids)
        pipeline.incr(REVISION)
        pipeline.execute()

    def _forget(self, account: str, transactions: Iterable[str]) -> None:
        keys = [counted_key(account), count_key(account), live_key(account), ACCOUNTS, ACCOUNT_EXPIRY]
        self._script(keys, [account, *sorted(transactions)])

    @cached_property
    def _script(self) -> Script:
        return self.client.register_script(FORGET)

    def _transactions(self, run: Run, entries: list[_Entry], now: datetime) -> list[tuple[Erasure, str, str]]:
        streamed = [(entry.owner, entry.account, entry.transaction_id) for entry in entries]
        return streamed + self.rows.alerted(run, now - LONGEST_LIFE)

    def _entries(self, run: Run) -> list[_Entry]:
        entries: Any = self.client.xrange(STREAM)  # the client's own type allows for every protocol version
        alerts = ours("redis.alert_stream", entries, lambda entry: _STREAM_ALERT.decode(entry[1][b"alert"]))
        return [
            _Entry(owner, entry_id, alert.sender_account_id, alert.transaction_id)
            for (entry_id, _), alert in alerts
            for owner in run.owners(alert.card_token, alert.pii_hash)
            if owner.mark.covers(alert)
        ]


def _pair(account: str, transaction_id: str) -> dict[str, Any]:
    return {"sender_account_id": account, "transaction_id": transaction_id}


def _document(content: bytes) -> dict[str, Any]:
    return msgspec.json.decode(content, type=dict[str, Any])


def _by_account(known: Iterable[tuple[Erasure, str, str]]) -> list[tuple[Erasure, str, set[str]]]:
    grouped: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    owners = {}
    for owner, account, transaction in known:
        owners[owner.request_id] = owner
        grouped[owner.request_id, account].add(transaction)
    return [(owners[request_id], account, transactions) for (request_id, account), transactions in grouped.items()]
