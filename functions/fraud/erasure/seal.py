"""The seal of a receipt: an HMAC that only who holds a key of the ring can make.

The chain of hashes tells of a receipt that was altered or taken out, unless whoever did it computed all later hashes
anew. They cannot compute the seals. A key version that is retired leaves no gap: the seal of any later receipt vouches
for all before it, since each carries the hash of its predecessor.
"""

from collections.abc import Sequence

import msgspec

from fraud.erasure.receipt import Receipt
from fraud.masking.key import HmacKey, KeyRing


class Seal(msgspec.Struct, frozen=True):
    """`mac` under the key of `key_version`, in hex."""

    key_version: str
    mac: str


Sealed = tuple[Receipt, Seal | None]
"""A receipt as it is kept; without a seal where it was issued before there were any."""


def sealed(receipt: Receipt, key: HmacKey) -> Seal:
    """Return the seal of a receipt under a key."""
    return Seal(key.version, key.digest(f"erasure receipt {receipt.sequence} {receipt.hash}".encode()))


def seal_breaks(chain: Sequence[Sealed], ring: KeyRing, unsealed_up_to: int = 0) -> list[str]:
    """Return what is wrong with the seals of a chain, receipts in their order; nothing where they vouch for it all.

    Receipts up to a number may lack one: those of a release before. Whoever runs the check says so, for a record of it
    beside the receipts could be altered with them.
    """
    breaks, keys = [], {key.version: key for key in ring.versions}
    for receipt, seal in chain:
        key = keys.get(seal.key_version) if seal else None
        if seal is None and receipt.sequence > unsealed_up_to:
            breaks.append(f"receipt {receipt.sequence} has no seal")
        if seal and key and sealed(receipt, key) != seal:
            breaks.append(f"receipt {receipt.sequence} has a seal that is not ours")
    newest = chain[-1][1] if chain else None
    if newest and newest.key_version not in keys:
        breaks.append(f"the newest seal is of key version {newest.key_version}, which is not known here")
    return breaks


class Issued(msgspec.Struct, frozen=True):
    """What the log says of a receipt when it is issued: the witness of what was there."""

    sequence: int
    hash: str


def log_breaks(chain: Sequence[Sealed], logged: Sequence[Issued]) -> list[str]:
    """Return which receipts the log has seen issued and the chain does not hold so."""
    held = {receipt.sequence: receipt.hash for receipt, _ in chain}
    missing = sorted({one.sequence for one in logged if one.sequence not in held})
    other = sorted({one.sequence for one in logged if held.get(one.sequence, one.hash) != one.hash})
    return [
        *(f"receipt {sequence} was issued, says the log, and is missing" for sequence in missing),
        *(f"receipt {sequence} is not the one that was issued, says the log" for sequence in other),
    ]
