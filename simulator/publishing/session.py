"""One session with Kafka: publish, wait for every delivery, and account for it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from simulator.clock import Clock
from simulator.columns import Numbers
from simulator.messages.block import Block
from simulator.messages.truth import TRUTHS
from simulator.publishing.producer import DELIVERY_TIMEOUT, PaymentProducer
from simulator.publishing.progress import Advance

_GRACE = 5.0


@dataclass(frozen=True)
class Outcome:
    """What came of a session: `sent` counts messages by the code of their truth, `failures` by Kafka's error name."""

    sent: Numbers
    delivered: int
    failures: Counter[str]
    unconfirmed: int
    seconds: float
    cpu_seconds: float
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        """Whether a broker acknowledged every message that was sent."""
        return not self.failures and not self.unconfirmed


def publish(blocks: Iterable[Block], producer: PaymentProducer, advance: Advance, clock: Clock) -> Outcome:
    """Send all blocks and wait until each message is delivered or has failed."""
    began, cpu_began = clock.elapsed(), clock.cpu()
    sent = np.zeros(len(TRUTHS), dtype=np.int64)
    for block in blocks:
        producer.send(block)
        sent += np.bincount(block.truths, minlength=len(TRUTHS))
        advance(len(block))
    unconfirmed = _finish(producer, clock)
    return Outcome(
        sent=sent,
        delivered=producer.attempted - unconfirmed - producer.failures.total(),
        failures=producer.failures,
        unconfirmed=unconfirmed,
        seconds=clock.elapsed() - began,
        cpu_seconds=clock.cpu() - cpu_began,
    )


def _finish(producer: PaymentProducer, clock: Clock) -> int:
    """Flush in short waits, between which a signal is heard; librdkafka gives every message a fate by the deadline."""
    deadline = clock.elapsed() + DELIVERY_TIMEOUT + _GRACE
    waiting = producer.flush(0.5)
    while waiting and clock.elapsed() < deadline:
        waiting = producer.flush(0.5)
    return waiting
