import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import msgspec
import pytest
import redis
from redis._parsers.base import BaseParser
from structlog.testing import capture_logs
from tenacity import RetryCallState

from fraud.alerts.names import ACCOUNT_EXPIRY, ACCOUNTS, STREAM, counted_key
from fraud.erasure.mark import Mark, erased_card_key
from fraud_stream.sinks.alert_cache import AlertCache, is_passing
from tests.builders import NOON, make_alert
from tests.integration.local.waiting import wait_until

ACCOUNT = "ACC_000100"
LIVE, COUNT = f"fraud:alerts:sender:{ACCOUNT}", f"fraud:count:sender:{ACCOUNT}"


def test_an_alert_stands_in_every_key_with_its_life(cache: AlertCache, client: redis.Redis) -> None:
    cache.write([make_alert()])

    assert json.loads(str(client.get(LIVE))) == {
        "transaction_id": "TXN_000004",
        "velocity_count": 4,
        "amount": 1.00,
        "region": "US-CA-LA",
        "fraud_score": 40,
        "severity": "HIGH",
        "event_time": "2026-03-01T12:00:00Z",
    }
    assert 290 <= client.ttl(LIVE) <= 300
    assert client.smembers(ACCOUNTS) == {ACCOUNT}
    assert client.get(COUNT) == "1"
    assert 3590 <= client.ttl(COUNT) <= 3600
    assert client.xlen(STREAM) == 1
    assert '"transaction_id":"TXN_000004"' in str(client.xrange(STREAM))


def test_a_transaction_counts_once_however_often_it_comes(cache: AlertCache, client: redis.Redis) -> None:
    fourth, fifth = make_alert(), make_alert(transaction_id="TXN_000005", event_time=NOON + timedelta(seconds=10))

    for alerts in ([fourth], [fourth, fifth], [fifth, fourth], [fourth, fifth]):
        cache.write(alerts)

    assert client.get(COUNT) == "2"
    assert client.xlen(STREAM) == 2


def test_an_older_alert_counts_but_does_not_hide_a_newer_one(cache: AlertCache, client: redis.Redis) -> None:
    cache.write([make_alert(transaction_id="new")])
    cache.write([make_alert(transaction_id="old", event_time=NOON - timedelta(seconds=5))])

    assert json.loads(str(client.get(LIVE)))["transaction_id"] == "new"
    assert client.get(COUNT) == "2"


def test_the_count_is_of_one_hour_of_event_time(cache: AlertCache, client: redis.Redis) -> None:
    for minutes in (0, 30, 59, 61):
        alert = make_alert(transaction_id=f"T{minutes}", event_time=NOON + timedelta(minutes=minutes))
        cache.write([alert])

    assert client.get(COUNT) == "3"


def test_an_alert_an_hour_behind_the_newest_changes_nothing(cache: AlertCache, client: redis.Redis) -> None:
    cache.write([make_alert()])
    cache.write([make_alert(transaction_id="stale", event_time=NOON - timedelta(hours=1))])

    assert client.get(COUNT) == "1"
    assert client.xlen(STREAM) == 1


@pytest.mark.parametrize(
    ("partition", "offset", "is_written"), [(0, 9, False), (0, 10, True), (1, 0, True), (None, None, True)]
)
def test_nothing_is_written_of_a_payment_below_the_mark_of_an_erased_card(
    cache: AlertCache, client: redis.Redis, partition: int | None, offset: int | None, *, is_written: bool
) -> None:
    alert = make_alert(kafka_partition=partition, kafka_offset=offset)
    client.set(erased_card_key(alert.card_token), msgspec.json.encode(Mark({"0": 10}, NOON)))

    cache.write([alert, make_alert(transaction_id="another's", card_token="c" * 64, kafka_partition=0, kafka_offset=0)])

    assert client.get(COUNT) == str(1 + is_written)
    assert client.xlen(STREAM) == 1 + is_written


def test_prune_drops_only_accounts_whose_alert_has_ended(cache: AlertCache, client: redis.Redis) -> None:
    cache.write([make_alert(), make_alert(transaction_id="T", sender_account_id="ACC_ended")])
    client.zadd(ACCOUNT_EXPIRY, {"ACC_ended": 1})

    cache.prune()

    assert client.smembers(ACCOUNTS) == {ACCOUNT}
    assert client.zrange(ACCOUNT_EXPIRY, 0, -1) == [ACCOUNT]


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Do something in another thread, which is seen to its end."""
    with ThreadPoolExecutor(1) as other:
        acting = other.submit(act)
        yield
        acting.result()


def test_a_server_that_became_a_replica_is_waited_for(cache: AlertCache, client: redis.Redis) -> None:
    cache.write([make_alert()])  # over the connection that the failover leaves open
    client.replicaof("127.0.0.1", 1)
    refused: int = client.info("errorstats").get("errorstat_READONLY", {}).get("count", 0)

    def promote() -> None:
        wait_until(lambda: client.info("errorstats").get("errorstat_READONLY", {}).get("count", 0) > refused)
        client.replicaof("NO", "ONE")

    with meanwhile(promote):
        cache.write([make_alert(transaction_id="TXN_000005")])
        cache.prune()
    assert client.get(COUNT) == "2"


def test_a_script_cache_that_is_flushed_again_and_again_costs_no_alert(cache: AlertCache, client: redis.Redis) -> None:
    ended = Event()

    def flush() -> None:
        while not ended.is_set():
            client.script_flush()

    with meanwhile(flush):
        try:
            for number in range(5):  # each meets many a flush
                cache.write([make_alert(transaction_id=f"T{number}")])
        finally:
            ended.set()
    assert client.get(COUNT) == "5"


def test_a_busy_server_is_waited_for(cache: AlertCache, client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[RetryCallState] = []

    def kill_at_first(_self: AlertCache, state: RetryCallState) -> None:
        if not killed:
            client.script_kill()
        killed.append(state)

    monkeypatch.setattr(AlertCache, "_disconnect", kill_at_first)
    client.config_set("lua-time-limit", 1)
    with ThreadPoolExecutor(1) as other:
        running = other.submit(client.eval, "while true do end", 0)
        wait_until(lambda: _is_busy(client))
        cache.write([make_alert()])
        with pytest.raises(redis.ResponseError):
            running.result()
    assert killed
    assert client.get(COUNT) == "1"


def _is_busy(client: redis.Redis) -> bool:
    try:
        client.ping()
    except redis.ResponseError as error:
        return str(error).startswith("BUSY ")
    return False


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        ("READONLY You can't write against a read only replica.", True),
        ("NOSCRIPT No matching script.", True),
        ("BUSY Redis is busy running a script.", True),
        ("LOADING Redis is loading the dataset in memory", True),
        ("MOVED 3999 127.0.0.1:6381", True),
        ("ASK 3999 127.0.0.1:6381", True),
        ("TRYAGAIN Multiple keys request during rehashing of slot", True),
        ("CLUSTERDOWN The cluster is down", True),
        ("MASTERDOWN Link with MASTER is down", True),
        ("NOAUTH Authentication required.", False),
        ("WRONGPASS invalid username-password pair", False),
        ("NOPERM No permissions to run a command", False),
        ("ERR unknown command", False),
        ("WRONGTYPE Operation against a key", False),
    ],
)
def test_what_a_server_says_in_a_failover_passes(answer: str, *, passes: bool) -> None:
    error: Exception = BaseParser.parse_error(answer)  # type: ignore[no-untyped-call]  # redis-py's own
    assert is_passing(error) is passes


def test_the_cache_does_not_show_its_password() -> None:
    assert "secret" not in repr(AlertCache("redis://:secret@127.0.0.1:1/0"))


FOREIGN_KEYS = {
    "the account's set": counted_key(ACCOUNT),
    "the live alert": LIVE,
    "the accounts": ACCOUNTS,
    "their expiry": ACCOUNT_EXPIRY,
    "the stream": STREAM,
    "the mark": erased_card_key(make_alert().card_token),
}


@pytest.mark.parametrize("key", FOREIGN_KEYS.values(), ids=FOREIGN_KEYS)
def test_what_another_left_under_a_key_of_ours_stops_no_batch(cache: AlertCache, client: redis.Redis, key: str) -> None:
    client.hset(key, "foreign", "yes")
    with capture_logs() as said:
        cache.write([make_alert(), make_alert(transaction_id="TXN_2", sender_account_id="ACC_2", card_token="c" * 64)])
        cache.prune()
    assert client.get("fraud:count:sender:ACC_2") == "1"
    assert key == LIVE or client.hget(key, "foreign") == "yes"
    told = [line for line in said if line["event"] == "foreign_entry"]
    assert bool(told) is (key not in (LIVE, erased_card_key(make_alert().card_token)))


def test_as_many_accounts_are_dropped_as_have_ended(cache: AlertCache, client: redis.Redis) -> None:
    ended = [f"ACC_{number}" for number in range(2_500)]
    client.sadd(ACCOUNTS, *ended, "ACC_LIVE")
    client.zadd(ACCOUNT_EXPIRY, dict.fromkeys(ended, 1) | {"ACC_LIVE": 2**40})
    cache.prune()
    assert (client.smembers(ACCOUNTS), client.zcard(ACCOUNT_EXPIRY)) == ({"ACC_LIVE"}, 1)
