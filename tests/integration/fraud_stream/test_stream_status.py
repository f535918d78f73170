import json
from collections import Counter
from datetime import UTC, datetime

import redis

from fraud.health.stream import STATUS
from fraud.health.traffic import read_slot, slot_keys, traffic_notes
from fraud_stream.report.status import PassedOver, Reach, StreamStatus
from infra.local.servers.redis import Redis


def status(server: Redis, checkpoint: str = "/a") -> StreamStatus:
    return StreamStatus(server.url, checkpoint)


def test_a_batch_counts_once_however_often_it_comes(redis_server: Redis, client: redis.Redis) -> None:
    kept = status(redis_server)
    for batch, rows in ((0, {"accepted": 3}), (1, {"accepted": 2, "late": 1}), (1, {"accepted": 2, "late": 1})):
        kept.count(batch, rows, Reach(1_000 + batch, 500), PassedOver())
    held = client.hgetall(STATUS)
    assert (held["accepted"], held["late"], held["counted_batch"]) == ("5", "1", "1")
    assert (held["read_up_to_ms"], held["lag_ms"]) == ("1001", "500")


def test_what_came_lately_is_counted_by_reason_too(redis_server: Redis, client: redis.Redis) -> None:
    for key in slot_keys(datetime.now(UTC)):
        client.delete(key)
    passed_over = PassedOver(Counter({"LATE APPEND_TIME": 2}), Counter({-300: 2}))
    for batch in (0, 0, 1):
        status(redis_server, "/lately").count(batch, {"late": 2}, Reach(1, 1), passed_over)
    held = [client.hgetall(key) for key in slot_keys(datetime.now(UTC))]
    slots = [read_slot({str(name): str(number) for name, number in fields.items()}) for fields in held]
    assert [slot for slot in slots if slot] == [{"late": 4, "reason:LATE APPEND_TIME": 4, "offset:-300": 4}]
    assert traffic_notes(slots) == {"late_ratio": "mostly APPEND_TIME; most clocks are 300 min behind"}
    assert "offset:-300" not in client.hgetall(STATUS)


def test_another_checkpoint_begins_anew(redis_server: Redis, client: redis.Redis) -> None:
    status(redis_server).count(7, {"accepted": 3}, Reach(1, 1), PassedOver())
    status(redis_server, "/b").count(0, {"rejected": 1}, Reach(1, 1), PassedOver())
    held = client.hgetall(STATUS)
    assert (held["rejected"], held.get("accepted")) == ("1", None)


def test_the_newest_figures_stand_with_their_time(redis_server: Redis, client: redis.Redis) -> None:
    kept = status(redis_server)
    kept.report({"batch_id": 1})
    kept.report({"batch_id": 2})
    kept.seen()
    held = client.hgetall(STATUS)
    assert json.loads(held["progress"]) == {"batch_id": 2}
    assert int(held["reported_at"]) > 0


def test_a_redis_that_is_down_fails_no_batch() -> None:
    StreamStatus("redis://127.0.0.1:1", "/a").count(1, {"accepted": 1}, Reach(1, 1), PassedOver())
