"""A hand-written single-process loop that does the job's work: the yardstick of the benchmark, and its oracle.

It reads a topic to its present end, one partition after the other, and keeps everything, for ever, in dictionaries.
"""

import sys
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
from confluent_kafka import Consumer, Message, TopicPartition

from fraud.masking.card import mask_card
from fraud.masking.key import HmacKey, KeyRing
from fraud.payments.disposition import CLOCK_TOLERANCE, DEDUPLICATION_HORIZON
from fraud.payments.event import InvalidPaymentError, Payment, parse_payment
from fraud.payments.rates import default_rates
from fraud.scoring.velocity import CRITICAL_VELOCITY, LONG_WINDOW, VELOCITY_WINDOW
from tests.bench.score import RiskFacts, ScoreRules, fraud_score, raised_flags

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RULES, _RATES = ScoreRules(), default_rates()
_MANY_DEVICES = 3
CARD = 16
"""How much of a card's token a result keeps."""


class Result(msgspec.Struct, frozen=True, array_like=True):
    """What was found of one accepted position; `card` begins the card's token, and shows that the HMAC is right."""

    partition: int
    offset: int
    velocity_60s: int
    velocity_5m: int
    fraud_score: int
    card: str

    @property
    def position(self) -> tuple[int, int]:
        """Where in Kafka it stands."""
        return self.partition, self.offset


class Answer(msgspec.Struct, frozen=True):
    """What a run has counted and cost."""

    counts: dict[str, int]
    seconds: float
    cpu_seconds: float


class Record(NamedTuple):
    """A Kafka record; `appended` is its append time."""

    value: bytes
    appended: datetime
    partition: int
    offset: int


@dataclass
class Account:
    """One account's charges in event time."""

    at: list[datetime] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)


@dataclass
class Loop:
    """The state of a run, and what it has counted."""

    key: HmacKey
    accepted: dict[str, tuple[datetime, ...]] = field(default_factory=dict)
    accounts: defaultdict[str, Account] = field(default_factory=lambda: defaultdict(Account))
    counts: Counter[str] = field(default_factory=Counter)
    results: list[Result] = field(default_factory=list)

    def take(self, record: Record) -> None:
        """Decide one position's disposition; score it where it is accepted."""
        try:
            payment = parse_payment(record.value)
        except InvalidPaymentError:
            self.counts["rejected"] += 1
            return
        behind = record.appended - payment.event_time
        if behind < -CLOCK_TOLERANCE:
            self.counts["rejected"] += 1
            return
        masked = mask_card(payment, self.key)
        if behind > DEDUPLICATION_HORIZON:
            self.counts["late"] += 1
        elif self._is_repeated(payment):
            self.counts["duplicate"] += 1
        else:
            self._accept(record, payment, masked.card_token)

    def _is_repeated(self, payment: Payment) -> bool:
        """Whether an accepted one of the same id lies less than the horizon away, before or after."""
        earlier = self.accepted.get(payment.event.transaction_id, ())
        return any(abs(payment.event_time - moment) < DEDUPLICATION_HORIZON for moment in earlier)

    def _accept(self, record: Record, payment: Payment, card_token: str) -> None:
        self.counts["accepted"] += 1
        identity = payment.event.transaction_id
        self.accepted[identity] = (*self.accepted.get(identity, ()), payment.event_time)
        facts = self._facts(payment)
        score = fraud_score(raised_flags(facts, _RULES), _RULES)
        if facts.velocity_60s >= CRITICAL_VELOCITY:
            self.counts["critical"] += 1
        counts = facts.velocity_60s, facts.velocity_5m
        self.results.append(Result(record.partition, record.offset, *counts, score, card_token[:CARD]))

    def _facts(self, payment: Payment) -> RiskFacts:
        account, event, now = self.accounts[payment.event.sender_account_id], payment.event, payment.event_time
        place = bisect_right(account.at, now)
        account.at.insert(place, now)
        account.regions.insert(place, event.region)
        account.devices.insert(place, event.device_id)
        long = bisect_right(account.at, now - LONG_WINDOW)
        return RiskFacts(
            amount_is_high=payment.amount * _RATES[event.currency] > _RULES.high_amount_usd,
            velocity_60s=place + 1 - bisect_right(account.at, now - VELOCITY_WINDOW),
            velocity_5m=place + 1 - long,
            region_changed=place > long and account.regions[place - 1] != event.region,
            devices_changed=len(set(account.devices[long : place + 1])) >= _MANY_DEVICES,
        )


def run(bootstrap_servers: str, topic: str, keys: KeyRing) -> Loop:
    """Take every position that stands on a topic now."""
    loop = Loop(keys.newest)
    options = {"bootstrap.servers": bootstrap_servers, "group.id": "bench-loop", "enable.partition.eof": True}
    consumer = Consumer(options | {"fetch.message.max.bytes": 8_388_608, "auto.offset.reset": "earliest"})
    for partition in consumer.list_topics(topic).topics[topic].partitions:
        consumer.assign([TopicPartition(topic, partition, 0)])
        is_over = False
        while not is_over:
            messages = consumer.consume(10_000, 0.2)
            is_over = any(message.error() for message in messages)  # the end of the partition
            for message in messages:
                if not message.error():
                    loop.take(_record(message))
    consumer.close()
    return loop


def _record(message: Message) -> Record:
    appended = _EPOCH + timedelta(milliseconds=message.timestamp()[1])
    return Record(message.value() or b"", appended, message.partition() or 0, message.offset() or 0)


def main() -> None:
    """Run on BOOTSTRAP_SERVERS TOPIC KEYS_FILE [RESULTS_FILE] and print counts and cost."""
    bootstrap_servers, topic, keys, *results = sys.argv[1:]
    began = time.monotonic()
    loop = run(bootstrap_servers, topic, KeyRing(msgspec.json.decode(Path(keys).read_bytes(), type=dict[str, str])))
    answer = Answer(dict(loop.counts), time.monotonic() - began, time.process_time())
    for path in results:
        Path(path).write_bytes(msgspec.json.encode(loop.results))
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")


if __name__ == "__main__":
    main()
