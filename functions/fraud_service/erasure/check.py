"""Checks of what erasures have left: `python -m fraud_service.erasure.check subject|receipts`.

`subject` reads identifiers as JSON from standard input, as a request's body (an argument would stand in the list of
processes), looks for the subject in every store, and fails unless nothing is left but what a receipt names as kept.
`receipts` goes through the chain of receipts and fails where one is missing, altered or out of place.
"""

import sys
from argparse import ArgumentParser

import msgspec

from fraud.erasure.receipt import chain_breaks
from fraud.errors import FraudError
from fraud.subjects.subject import Identifiers, named_subject
from fraud_service.erasure.record import Erasures
from fraud_service.keys import key_ring
from fraud_service.stores.documents import documents
from fraud_service.stores.raw_topic import RawTopicSettings
from fraud_service.subjects.stores import Stores

_USAGE = 2


def check_subject(body: bytes) -> list[str]:
    """Return one line for each store that still holds something of the subject. Raises FraudError."""
    try:
        identifiers = msgspec.json.decode(body, type=Identifiers)
    except msgspec.MsgspecError:
        raise SystemExit(_USAGE) from None
    subject = named_subject(identifiers, key_ring())
    left = Stores.connected(RawTopicSettings().payment_topic).left(subject)
    return [f"{store}: {number} left" for store, number in left.items()]


def check_receipts() -> list[str]:
    """Return what is wrong with the chain of receipts. Raises FraudError."""
    receipts, head = Erasures(documents()).chain()
    return chain_breaks(receipts, head)


def main() -> int:
    """Run one check; 0 where it finds nothing, 1 where it does or cannot look."""
    parser = ArgumentParser(prog="python -m fraud_service.erasure.check", description=__doc__)
    parser.add_argument("check", choices=["subject", "receipts"])
    chosen = parser.parse_args().check
    try:
        lines = check_subject(sys.stdin.buffer.read()) if chosen == "subject" else check_receipts()
    except FraudError as error:
        lines = [str(error)]
    sys.stdout.write("".join(f"{line}\n" for line in lines or ["nothing found"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
