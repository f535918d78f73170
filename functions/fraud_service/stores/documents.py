"""Structs as Firestore documents and back: times are timestamps, amounts decimal text (Firestore has floats only)."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import msgspec
from google.api_core.exceptions import Aborted, GoogleAPICallError, RetryError
from google.cloud import firestore
from google.cloud.firestore_v1.aggregation import AggregationQuery

from fraud.errors import RetryableError
from fraud_service.settings import project
from fraud_service.stores.bounded import BoundedFirestore

Item = TypeVar("Item")
Kind = TypeVar("Kind", bound=msgspec.Struct)
Snapshot = firestore.DocumentSnapshot[firestore.DocumentReference]
COMMIT_LIMIT = 400
"""Documents in one commit; Firestore takes 500."""

_RESERVED = re.compile(r"\.{1,2}|__.*__", re.DOTALL)


def document_id(key: str) -> str:
    """Return a business key as the name of its document: as it is, but for what Firestore forbids, in percent form.

    A name has no slash, and is neither `.`, `..` nor `__…__`
    (https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields).
    """
    name = key.replace("%", "%25").replace("/", "%2F")
    return f"%{ord(name[0]):02X}{name[1:]}" if _RESERVED.fullmatch(name) else name


def to_document(record: msgspec.Struct) -> dict[str, Any]:
    """Return a struct as Firestore keeps it."""
    document: dict[str, Any] = msgspec.to_builtins(record, builtin_types=(datetime,))
    return document


def from_document(document: dict[str, Any], kind: type[Kind]) -> Kind:
    """Return the struct that a document holds; unknown fields are left out. Raises msgspec.ValidationError."""
    return msgspec.convert(plain(document), kind)


def plain(held: Any) -> Any:  # noqa: ANN401  a document's values are of any type
    """Return a document's values, times in their plain type: Firestore's own subclass is none to msgspec."""
    match held:
        case datetime():
            return datetime.combine(held.date(), held.timetz())
        case dict():
            return {name: plain(inner) for name, inner in held.items()}
        case list():
            return [plain(inner) for inner in held]
        case _:
            return held


def read_all(
    client: firestore.Client,
    references: Sequence[firestore.DocumentReference],
    transaction: firestore.Transaction,
    timeout_s: float,
) -> list[Snapshot]:
    """Return documents in the order of their references, read by one call as a part of a transaction."""
    snapshots = client.get_all(list(references), transaction=transaction, timeout=timeout_s)
    by_path = {snapshot.reference.path: snapshot for snapshot in snapshots}
    return [by_path[reference.path] for reference in references]


def count(query: firestore.Query, limit_s: float) -> int:
    """Return how many documents a query finds."""
    [[result]] = AggregationQuery(query).count().get(timeout=limit_s)
    return int(result.value)


@contextmanager
def reaching_firestore() -> Iterator[None]:
    """Turn the failures of a Firestore that is out of reach into RetryableError."""
    try:
        yield
    except (GoogleAPICallError, RetryError) as error:
        raise RetryableError(f"Firestore does not answer: {type(error).__name__}") from error
    except ValueError as error:
        if isinstance(error.__cause__, Aborted):
            raise RetryableError("other writers kept a transaction from ending") from error
        # a transaction that could not begin is rolled back all the same, and the library complains of that instead
        if isinstance(error.__context__, GoogleAPICallError | RetryError):
            raise RetryableError(f"Firestore does not answer: {type(error.__context__).__name__}") from error
        raise


@cache
def documents() -> firestore.Client:
    """Return the Firestore client, of the emulator where FIRESTORE_EMULATOR_HOST says so."""
    return BoundedFirestore(project())


def portions(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield the items in their order, at most `size` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))
