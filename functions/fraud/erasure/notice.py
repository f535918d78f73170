"""What subscribers of `fraud-alerts` are told of an erasure: enough to find what they keep, and of nobody else.

A subscriber holds alerts, which carry the card's token and the payment's position. The digest is SHA-256 of `erased
card ` and the token: who has the token finds it, and nobody gets from it to the token.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from fraud.erasure.mark import Mark, card_digest

SCHEMA_VERSION = 1


class ErasureNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A message on `erasures`; it may come again.

    To be deleted is what is kept of payments of these cards whose `kafka_offset` lies below the end of their
    `kafka_partition`, or, where that is not kept, that were made until `made_until`. The same holds for what comes
    later.
    """

    schema_version: int = SCHEMA_VERSION
    request_id: str
    card_digests: list[str]
    ends: dict[str, int]
    made_until: datetime
    erased_at: datetime


def notice(request_id: str, card_tokens: Iterable[str], mark: Mark, now: datetime) -> ErasureNotice:
    """Return what is told of an erasure."""
    digests = sorted(map(card_digest, card_tokens))
    return ErasureNotice(
        request_id=request_id, card_digests=digests, ends=mark.ends, made_until=mark.made_until, erased_at=now
    )
