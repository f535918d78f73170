"""Payment events from a file of NDJSON, published as they stand."""

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec
import numpy as np

from simulator.messages.block import Block
from simulator.messages.truth import CODE_OF, Label, Truth

_AT_ONCE = 1024


class _Keyed(msgspec.Struct):
    sender_account_id: str


_DECODER = msgspec.json.Decoder(_Keyed)


def key_of(line: bytes) -> bytes | None:
    """Return the sender's account of a line that is a JSON object with a string there, and None for any other line."""
    try:
        return _DECODER.decode(line).sender_account_id.encode()
    except (ValueError, RecursionError):
        return None


def replayed(lines: Iterable[bytes]) -> Iterator[Block]:
    """Yield the lines without their line feeds, blank ones left out, in blocks."""
    events = (line.removesuffix(b"\n") for line in lines if line.strip())
    while chunk := list(islice(events, _AT_ONCE)):
        truths = np.full(len(chunk), _UNKNOWN, dtype=np.uint8)
        yield Block(np.zeros(len(chunk), dtype=np.int64), [key_of(event) for event in chunk], [*chunk], truths)


_UNKNOWN = CODE_OF[Truth(Label.NORMAL)]
