from datetime import timedelta

import pytest

from fraud.lists import ListError, Listing, ListKind, ListText, listed, normal, read_csv, write_csv
from tests.builders import CARD, NOON

TEXT = ListText(listing=Listing.BLOCK, reason="mule")


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("account", "ACC_1", "ACC_1"),
        ("card", "b" * 64, "b" * 64),
        ("network", "203.0.113.0/24", "203.0.113.0/24"),
        ("network", "203.0.0.0/16", "203.0.0.0/16"),
        ("network", "2001:DB8::/48", "2001:db8::/48"),
        ("receiver", "a b/c", "a b/c"),
    ],
)
def test_a_value_is_kept_as_payments_have_it(kind: str, value: str, kept: str) -> None:
    assert listed(kind, value, TEXT, "jo", NOON).value == kept


@pytest.mark.parametrize(
    ("kind", "value", "field"),
    [
        ("person", "jo", "kind"),
        ("card", CARD, "value"),
        ("account", f"a-{CARD}", "value"),
        ("account", "", "value"),
        ("device", "x" * 65, "value"),
        ("network", "203.0.113.7/32", "value"),
        ("network", "203.0.113.7/24", "value"),
        ("network", "2001:db8::/64", "value"),
        ("network", "everywhere", "value"),
    ],
)
def test_a_value_that_no_payment_has_is_refused_and_not_told(kind: str, value: str, field: str) -> None:
    with pytest.raises(ListError) as refused:
        listed(kind, value, TEXT, "jo", NOON)
    assert refused.value.field == field
    assert not value or value not in str(refused.value)


def test_an_entry_ends() -> None:
    text = ListText(listing=Listing.ALLOW, reason="trip", expires_at=NOON)
    entry = listed("device", "d", text, "jo", NOON)
    assert entry.in_force(NOON - timedelta(microseconds=1))
    assert not entry.in_force(NOON)
    assert entry.hit == "ALLOW device"


def test_what_is_exported_can_be_uploaded() -> None:
    text = ListText(listing=Listing.BLOCK, reason='a "mule", says\nthe bank', expires_at=NOON)
    entries = [listed("account", "ACC,1", text, "jo", NOON), listed("network", "10.0.0.0/8", TEXT, "jo", NOON)]
    assert read_csv(write_csv(entries), "jo", NOON) == entries


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("kind,value\n", "line 1: "),
        ("kind,value,listing,reason,expires_at\naccount,A,BLOCK,x,\naccount,,BLOCK,x,\n", "line 3: value"),
        ("kind,value,listing,reason,expires_at\naccount,A,DENY,x,\n", "line 2: file"),
        ("kind,value,listing,reason,expires_at\naccount,A,BLOCK,,\n", "line 2: file"),
        ("kind,value,listing,reason,expires_at\naccount,A,BLOCK,x,tomorrow\n", "line 2: file"),
        ("kind,value,listing,reason,expires_at\naccount,A\n", "line 2: file"),
    ],
)
def test_a_bad_upload_is_refused_by_its_line(rows: str, problem: str) -> None:
    with pytest.raises(ListError, match=problem):
        read_csv(rows, "jo", NOON)


def test_every_kind_has_a_normal_form() -> None:
    values = {ListKind.CARD: "0" * 64, ListKind.NETWORK: "10.0.0.0/8"}
    assert all(normal(kind, values.get(kind, "x")) for kind in ListKind)
