"""`python -m tests.bench.masking`: CPU time of masking an event, by row and by column, and of each part by column.

Events are those of the simulator. Prints one JSON object: microseconds an event, the least of several rounds, and the
machine's load, since a busy neighbour lengthens CPU time too.
"""

import json
import os
from collections.abc import Callable
from time import process_time
from typing import Annotated

import pyarrow as pa
import typer
from msgspec.structs import astuple

from fraud.masking.key import HmacKey
from fraud.payments.event import decode_event
from fraud_stream.stages import judgement, masking
from fraud_stream.stages.card_column import read_cards
from simulator.faults.shares import Shares
from simulator.messages.truth import Label
from simulator.people.population import Population
from simulator.traffic.run import Run
from tests.builders import NOON, Position, raw_batch
from tests.masked_rows import masked_rows

KEY = HmacKey("1", bytes(range(32)))
ROUNDS = 7


def main(
    events: Annotated[int, typer.Option(help="Events in the batch.")] = 2_000,
    malformed: Annotated[float, typer.Option(help="Share of events that are no payments.")] = 0.005,
) -> None:
    """Measure one batch."""
    batch = a_batch(events, malformed)
    values, lengths = (batch.column(name).to_pylist() for name in ("value", "length"))
    whole = {
        "by row": lambda: masked_rows(values, lengths, KEY),
        "by column": lambda: masking.mask_batch(batch, KEY),
    }
    figures = {name: cost(call, events) for name, call in whole.items()} | parts(batch)
    typer.echo(json.dumps({"events": events, "microseconds_an_event": figures, "load": os.getloadavg()}))


def a_batch(events: int, malformed: float) -> pa.RecordBatch:
    """Return a batch as Kafka delivers it."""
    start = int(NOON.timestamp() * 1_000_000)
    run = Run(
        Label.NORMAL, Population(7, 1_800_000, NOON.year), start, 1_000.0, events, 0, Shares(0.02, 0.0, malformed)
    )
    values = [value for block in run.blocks() for value in block.values][:events]
    return raw_batch([Position(value=value, offset=offset) for offset, value in enumerate(values)])


def parts(batch: pa.RecordBatch) -> dict[str, float]:
    """Return what each part of masking by column costs, on its own."""
    found, _ = masking._decoded(batch.column("value"), batch.column("length"))
    events = list(found.values())
    fields = dict(zip(judgement._FIELDS, zip(*map(astuple, events), strict=True), strict=True))
    fields.pop("amount")
    texts = {name: pa.array(column, pa.string()) for name, column in fields.items()}
    amounts = [bytes(event.amount) for event in events]
    judged = judgement.judge_all(events).accepted
    values = [value for value in batch.column("value").to_pylist() if value]
    calls: dict[str, Callable[[], object]] = {
        "decode": lambda: masking._decoded(batch.column("value"), batch.column("length")),
        "decode, the library alone": lambda: [attempt(value) for value in values],
        "texts of fields": lambda: [pa.array(column, pa.string()) for column in fields.values()],
        "fields of events": lambda: list(zip(*map(astuple, events), strict=True)),
        "amounts": lambda: judgement._amounts(amounts, texts["currency"]),
        "times": lambda: judgement._times(texts["event_time"]),
        "card numbers": lambda: read_cards(texts["credit_card"]),
        "networks": lambda: judgement._networks(texts["ip_address"]),
        "forms of texts": lambda: judgement._is_well_formed(texts),
        "the search for smuggled cards": lambda: (
            judgement._may_smuggle(texts, judged.card_digits) if len(judged.card_digits) == len(events) else None
        ),
        "the judgement, all of it": lambda: judgement.judge_all(events),
        "two HMACs": lambda: (masking._hashed(judged.card_digits, KEY), masking._hashed(judged.card_digits, KEY)),
        "masked columns": lambda: masking._masked_event(judged, KEY),
    }
    return {name: cost(call, len(batch)) for name, call in calls.items()}


def attempt(value: bytes) -> object:
    """Decode a value, whatever comes of it."""
    try:
        return decode_event(value)
    except ValueError:
        return None


def cost(call: Callable[[], object], events: int) -> float:
    """Return the least CPU time of several rounds, in microseconds an event."""
    least = float("inf")
    for _ in range(ROUNDS):
        began = process_time()
        call()
        least = min(least, process_time() - began)
    return round(least / events * 1e6, 2)


if __name__ == "__main__":
    typer.run(main)
