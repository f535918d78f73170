"""The job's work as a Bytewax dataflow: `python -m bytewax.run` starts it, with recovery to disk."""

import os
from collections.abc import Iterator
from pathlib import Path

import bytewax.operators as op
from bytewax.connectors.files import FileSink
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow

from tests.bench.peers.programs.account import Account
from tests.bench.peers.programs.masking import Charge, masked, newest_key

_key = newest_key()


def _masked(messages: list[KafkaSourceMessage]) -> Iterator[tuple[str, Charge]]:
    for message in messages:
        charge = masked(_key, message.value, message.timestamp[1], message.partition, message.offset)
        if charge:
            yield charge.sender, charge


def _step(account: Account | None, charge: Charge) -> tuple[Account, list[str]]:
    account = account or Account()
    line = account.take(charge)
    return account, [line] if line else []


flow = Dataflow("payments")
_source = KafkaSource([os.environ["SERVERS"]], [os.environ["TOPIC"]], tail=False)
_charges = op.flat_map_batch("mask", op.input("kafka", flow, _source), _masked)
_results = op.stateful_flat_map("account", _charges, _step)
op.output("results", _results, FileSink(Path(os.environ["RESULTS"], "results.csv")))
