"""An erasure as it is shown to the one who asked for it; the answering and the reading side share it."""

from datetime import datetime

import msgspec

from fraud.erasure.receipt import Receipt


class ErasureView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where an erasure stands; with its receipt once it is completed."""

    request_id: str
    state: str
    accepted_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    receipt: Receipt | None = None
