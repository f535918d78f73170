"""`python -m tests.bench.velocity_state`: the velocity state of one bucket over simulated hours, and a hot sender.

Event time is compressed: batches of 50 s follow each other at once. Prints one JSON object a measured batch.
"""

import json
from collections.abc import Iterator
from time import process_time
from typing import Annotated

import numpy as np
import pandas as pd
import pyarrow as pa
import typer

from fraud_stream.stages.velocity import Recent, advance, encode_state
from fraud_stream.stages.window import Charges

BATCH_S = 50
START_US = 1_772_366_400_000_000
SHOWN_EVERY = 12


def main(
    rate: Annotated[int, typer.Option(help="Events a second in the bucket.")] = 200,
    hours: Annotated[float, typer.Option(help="Hours of event time.")] = 3.0,
    hot: Annotated[float, typer.Option(help="Share of one sender in all events.")] = 0.0,
) -> None:
    """Advance the state batch by batch, and print its size, its cost and the longest list of peers."""
    long, short = np.empty(0, np.int64), np.empty(0, np.int32)
    recent = Recent(Charges(long, long, short, short, short), pa.array([], pa.string()), {})
    for number, frame in enumerate(batches(rate, hours, hot)):
        began = process_time()
        features, recent = advance(recent, frame)
        state = encode_state(recent)
        seconds = process_time() - began
        if number % SHOWN_EVERY == 0:
            peers = (len(json.loads(listed)) for listed in features["peers"].dropna())
            figures = {
                "minutes": round((number + 1) * BATCH_S / 60, 1),
                "payments": len(recent.ids),
                "bytes": sum(map(len, state[1:])),
                "microseconds_a_row": round(seconds / len(frame) * 1e6, 1),
                "velocity_60s_max": int(features["velocity_60s"].max()),
                "peers_max": max(peers, default=0),
            }
            typer.echo(json.dumps(figures))


def batches(rate: int, hours: float, hot: float) -> Iterator[pd.DataFrame]:
    """Yield seeded batches of one Kafka partition, each sender charging once an hour on average but for the hot one."""
    chance, count = np.random.default_rng(7), rate * BATCH_S
    for number in range(int(hours * 3_600 / BATCH_S)):
        first = number * count
        at = START_US + number * BATCH_S * 1_000_000 + np.sort(chance.integers(0, BATCH_S * 1_000_000, count))
        senders = chance.integers(1, 3_600 * rate, count)
        yield pd.DataFrame(
            {
                "kafka_partition": np.zeros(count, np.int32),
                "kafka_offset": np.arange(first, first + count),
                "transaction_id": [f"TXN_{offset:012d}" for offset in range(first, first + count)],
                "sender": np.where(chance.random(count) < hot, 1, senders),
                "at": at,
                "appended_at": at + 1_000,
                "region": chance.integers(0, 50, count).astype(np.int32),
                "device": chance.integers(0, 1_000_000, count).astype(np.int32),
            }
        )


if __name__ == "__main__":
    typer.run(main)
