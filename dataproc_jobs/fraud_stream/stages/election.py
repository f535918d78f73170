"""The election: of each transaction id the first record, and each that lies an hour or more from all accepted ones."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa

from fraud_stream.stages.amount import in_usd
from fraud_stream.stages.packet import (
    ACCEPTED,
    CANDIDATE,
    PACKET,
    Kind,
    accepted_packets,
    opened,
    passing,
    position_keys,
    sealed,
    sighting_packets,
)
from fraud_stream.stages.sighting import sightings_of
from fraud_stream.state.ids import Ids, Outlines, elect
from fraud_stream.state.store import run_store


@dataclass(frozen=True)
class ElectTask:
    """Elects among the candidates of one bucket of ids in one batch; masked rows pass. What `mapInArrow` runs.

    `read_up_to` is an append time (microseconds since 1970) that no record still to come lies before; `rates` are US
    dollars for one unit of each currency.
    """

    location: str
    buckets: tuple[int, ...]
    batch: int
    read_up_to: int
    rates: Mapping[str, Decimal]

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield `PACKET` rows: masked ones as they came, the accepted positions, and the accepted as keys see them."""
        found: list[pa.RecordBatch] = []
        yield from passing(batches, Kind.CANDIDATES, found)
        packets = pa.Table.from_batches(found, PACKET)
        if len(packets):
            bucket = self.buckets.index(packets["bucket"][0].as_py())
            candidates = opened(packets, Kind.CANDIDATES, CANDIDATE)
            accepted = self.elect(candidates, bucket)
            yield from sealed(accepted_packets(accepted, self.buckets))
            yield from sealed(sighting_packets(self._sightings(candidates, accepted), self.buckets))

    def _sightings(self, candidates: pa.Table, accepted: pa.Table) -> pa.Table:
        keys = position_keys(candidates["partition"], candidates["offset"])
        is_in = np.isin(keys, position_keys(accepted["partition"], accepted["offset"]))
        rows = candidates.filter(pa.array(is_in))
        return sightings_of(rows, in_usd(rows["amount"], rows["currency"], self.rates))

    def elect(self, rows: pa.Table, bucket: int) -> pa.Table:
        """Return the accepted positions (`ACCEPTED`) among candidates, and remember their ids."""
        store, family, outlines = run_store(self.location, Ids.name, bucket), Ids(self.read_up_to), Outlines.of(rows)
        accepted = outlines[elect(outlines, store.before(self.batch, family))]
        columns = [getattr(accepted, name) for name in family.schema.names]
        decided = store.create(self.batch, family, pa.table(columns, schema=family.schema))
        return pa.Table.from_batches([decided]).select(ACCEPTED.names).replace_schema_metadata(None)


def is_accepted(received: pa.Table, accepted: pa.Table) -> pa.Array:
    """Tell which received rows stand among accepted positions."""
    wanted = position_keys(accepted["partition"], accepted["offset"])
    return pa.array(np.isin(position_keys(received["kafka_partition"], received["kafka_offset"]), wanted))
