"""Lists: what is to be blocked, or not to be alerted about, each entry with its reason, author and expiry.

An entry is about an account that pays, a card (by its token), a device, a network (a prefix no longer than what is
stored: /24, or /48), a merchant, or an account that is paid.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from io import StringIO
from ipaddress import ip_network
from typing import Annotated

import msgspec
from msgspec import Meta

from fraud.errors import InvalidError
from fraud.payments.disguise import holds_card_number
from fraud.payments.form import LONGEST_NAME

LONGEST_PREFIX = {4: 24, 6: 48}
"""Bits of an address that are kept, by version of the protocol."""
SHORTEST_PREFIX = {4: 8, 6: 16}
MAX_ROWS = 10_000
"""Entries of one upload."""

COLLECTION = "lists"
SETS = "rule_sets"
"""Where entries stand in Firestore, `lists/{kind}:{value}`; `rule_sets/lists` counts their changes."""


class ListKind(StrEnum):
    """What an entry is about."""

    ACCOUNT = "account"
    CARD = "card"
    DEVICE = "device"
    NETWORK = "network"
    MERCHANT = "merchant"
    RECEIVER = "receiver"


class Listing(StrEnum):
    """What an entry does: BLOCK declines and raises `BLOCKED_LIST`; ALLOW suppresses alerts, but never those."""

    BLOCK = "BLOCK"
    ALLOW = "ALLOW"


Value = Annotated[str, Meta(min_length=1)]
Reason = Annotated[str, Meta(min_length=1, max_length=500)]


class ListText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person writes of an entry; `expires_at` is when it ends, None until somebody removes it."""

    listing: Listing
    reason: Reason
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class ListEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an entry; one that is `removed` is not in force."""

    kind: ListKind
    value: Value
    listing: Listing
    reason: Reason
    expires_at: datetime | None = None
    removed: bool = False
    version: Annotated[int, Meta(ge=1)] = 1
    author: str = ""
    changed_at: datetime | None = None

    @property
    def key(self) -> str:
        """The name of its document."""
        return key_of(self.kind, self.value)

    @property
    def hit(self) -> str:
        """How a payment says that it is on it."""
        return f"{self.listing} {self.kind}"

    def in_force(self, moment: datetime) -> bool:
        """Tell whether it holds at a moment."""
        return not self.removed and (self.expires_at is None or moment < self.expires_at)


CONTENT = ("listing", "reason", "expires_at", "removed")
"""The fields that a person decides about."""


class ListError(InvalidError):
    """An entry that is refused, by the field to blame; its value is not told."""

    def __init__(self, field: str, problem: str, line: int | None = None) -> None:
        place = f"line {line}: " if line else ""
        super().__init__(f"{place}{field}: {problem}", f"{place}{problem}", field)


def key_of(kind: ListKind, value: str) -> str:
    """Return the name of an entry's document."""
    return f"{kind}:{value}"


def listed(kind: str, value: str, text: ListText, author: str, now: datetime) -> ListEntry:
    """Return the entry that a person wants. Raises ListError."""
    content = {name: getattr(text, name) for name in ListText.__struct_fields__}
    known = kind_of(kind)
    return ListEntry(kind=known, value=normal(known, value), author=author, changed_at=now, **content)


def kind_of(kind: str) -> ListKind:
    """Return a kind by its name. Raises ListError."""
    if kind not in set(ListKind):
        raise ListError("kind", f"there is no such list: one of {', '.join(ListKind)}")
    return ListKind(kind)


def normal(kind: ListKind, value: str) -> str:
    """Return a value as it is compared. Raises ListError for one that no payment can have."""
    if kind is ListKind.CARD and not _is_token(value):
        raise ListError("value", "a card is listed by its token, 64 hexadecimal digits")
    if kind is ListKind.NETWORK:
        return _prefix(value)
    if kind is ListKind.CARD:
        return value
    if not 1 <= len(value) <= LONGEST_NAME:
        raise ListError("value", f"it must have 1 to {LONGEST_NAME} characters")
    if holds_card_number(value):
        raise ListError("value", "it holds a card number: list a card by its token")
    return value


def _is_token(value: str) -> bool:
    return len(value) == 64 and all(digit in "0123456789abcdef" for digit in value)  # noqa: PLR2004  SHA-256 in hex


def _prefix(value: str) -> str:
    try:
        network = ip_network(value)
    except ValueError:
        network = None
    if network and SHORTEST_PREFIX[network.version] <= network.prefixlen <= LONGEST_PREFIX[network.version]:
        return str(network)
    raise ListError("value", "a network is a prefix such as 203.0.113.0/24: /8 to /24, of version 6 /16 to /48")


_COLUMNS = ("kind", "value", "listing", "reason", "expires_at")


_FORM = "listing is BLOCK or ALLOW, reason 1 to 500 characters, expires_at a time of RFC 3339 or empty"


def read_csv(text: str, author: str, now: datetime) -> list[ListEntry]:
    """Return the entries of an upload: a header, then one a line. Raises ListError that names the line."""
    rows = csv.DictReader(StringIO(text, newline=""))
    if tuple(rows.fieldnames or ()) != _COLUMNS:
        raise ListError("file", f"the first line must be {','.join(_COLUMNS)}", 1)
    entries = list(_entries(rows, author, now))
    if len(entries) > MAX_ROWS:
        raise ListError("file", f"there are more than {MAX_ROWS} entries")
    return entries


def _entries(rows: Iterable[dict[str, str]], author: str, now: datetime) -> Iterator[ListEntry]:
    for line, row in enumerate(rows, 2):
        try:
            text = msgspec.convert(
                {"listing": row["listing"], "reason": row["reason"], "expires_at": row["expires_at"] or None}, ListText
            )
            yield listed(row["kind"] or "", row["value"] or "", text, author, now)
        except ListError as error:
            raise ListError(error.field or "file", error.detail, line) from None
        except (msgspec.ValidationError, KeyError):
            raise ListError("file", _FORM, line) from None


def write_csv(entries: Iterable[ListEntry]) -> str:
    """Return entries as `read_csv` takes them."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for one in entries:
        ends = one.expires_at.astimezone(UTC).isoformat() if one.expires_at else ""
        writer.writerow([one.kind, one.value, one.listing, one.reason, ends])
    return out.getvalue()
