"""Checks of what erasures have left: `python -m fraud_service.erasure.check subject|receipts`.

`subject` reads identifiers as JSON from standard input, as a request's body (an argument would stand in the list of
processes), looks for the subject in every store, and fails unless nothing is left but what a receipt names as kept.
`receipts` goes through the chain of receipts and fails where one is missing, altered, out of place or not sealed by a
key of ours; with `--log FILE` also where a receipt that the log has seen issued is not there: the function's lines, or
what `gcloud logging read 'jsonPayload.event="receipt_issued"' --format=json` prints.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError

from fraud.configuration import problems
from fraud.erasure.receipt import chain_breaks
from fraud.erasure.seal import Issued, log_breaks, seal_breaks
from fraud.errors import FraudError
from fraud.subjects.subject import Identifiers, named_subject
from fraud_service.erasure.record import Erasures
from fraud_service.keys import key_ring
from fraud_service.stores.documents import documents
from fraud_service.stores.raw_topic import RawTopicSettings
from fraud_service.subjects.stores import Stores

_USAGE = 2
_BODY = 'standard input must be a JSON object such as {"card_token": "…"}, with credit_card, card_token or pii_hash'


class CheckError(FraudError):
    """A question that cannot be asked."""


def check_subject(body: bytes) -> list[str]:
    """Return one line for each store that still holds something of the subject.

    Raises FraudError, and CheckError for what names no subject.
    """
    try:
        identifiers = msgspec.json.decode(body, type=Identifiers)
    except msgspec.MsgspecError:
        raise CheckError(_BODY) from None
    subject = named_subject(identifiers, key_ring())
    left = Stores.connected(RawTopicSettings().payment_topic).left(subject)
    return [f"{store}: {number} left" for store, number in left.items()]


def check_receipts(log: Path | None = None, unsealed_up_to: int = 0) -> list[str]:
    """Return what is wrong with the chain of receipts. Raises FraudError, and OSError for a log that cannot be read."""
    chain, head = Erasures(documents()).chain()
    return [
        *chain_breaks([receipt for receipt, _ in chain], head),
        *seal_breaks(chain, key_ring(), unsealed_up_to),
        *log_breaks(chain, issued_in(log.read_text()) if log else []),
    ]


def issued_in(log: str) -> list[Issued]:
    """Return the receipts that a log has seen issued; lines of anything else are passed over."""
    found = []
    for document in _documents(log):
        line = document.get("jsonPayload", document)
        if isinstance(line, dict) and line.get("event") == "receipt_issued":
            found.append(msgspec.convert(line, Issued))
    return found


def _documents(log: str) -> Iterator[dict[str, Any]]:
    texts = [log] if log.lstrip().startswith("[") else log.splitlines()
    for text in texts:
        with suppress(msgspec.DecodeError):
            read = msgspec.json.decode(text)
            yield from (one for one in (read if isinstance(read, list) else [read]) if isinstance(one, dict))


def main() -> int:
    """Run one check; 0 where it finds nothing, 1 where it does or cannot look, 2 for what it cannot be asked."""
    parser = ArgumentParser(prog="python -m fraud_service.erasure.check", description=__doc__)
    parser.add_argument("check", choices=["subject", "receipts"])
    parser.add_argument("--log", type=Path, help="lines or JSON of the log in which receipts were issued")
    parser.add_argument(
        "--unsealed-up-to", type=int, default=0, metavar="N", help="receipts up to N are of a release without seals"
    )
    chosen = parser.parse_args()
    try:
        if chosen.check == "subject":
            lines = check_subject(sys.stdin.buffer.read())
        else:
            lines = check_receipts(chosen.log, chosen.unsealed_up_to)
    except (CheckError, ValueError) as error:  # keys and settings say what is wrong with them, and no value
        sys.stderr.write(f"{problems(error) if isinstance(error, ValidationError) else error}\n")
        return _USAGE
    except OSError as error:
        lines = [f"{error.filename or 'log'}: {error.strerror}"]
    except FraudError as error:
        lines = [str(error)]
    sys.stdout.write("".join(f"{line}\n" for line in lines or ["nothing found"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
