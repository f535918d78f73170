from datetime import UTC, datetime, timedelta

from fraud.accounts.links import LinkedAccount, LinkKind, Other, Shared, Sighting, links

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SINCE = NOON - timedelta(days=30)


def seen(kind: LinkKind, value: str, other: str | None = None, minutes: int = 0, accounts: int = 1) -> Sighting:
    last = NOON - timedelta(minutes=minutes)
    beside = (other, 2, last) if other else (None, None, None)
    return Sighting(kind, value, f"name of {value}", 3, NOON, accounts if other else 0, *beside)


def test_an_account_without_payments_has_no_links() -> None:
    found = links("ACC", SINCE, [])
    assert (found.account, found.since, found.shared, found.accounts) == ("ACC", SINCE, [], [])


def test_what_nobody_else_used_is_listed_without_others() -> None:
    found = links("ACC", SINCE, [seen(LinkKind.CARD, "c")])
    assert found.shared == [Shared(LinkKind.CARD, "c", "name of c", 3, NOON, 0, [])]
    assert found.accounts == []


def test_others_come_by_what_they_share_and_then_by_when_they_were_seen() -> None:
    found = links(
        "ACC",
        SINCE,
        [
            seen(LinkKind.NETWORK, "n", "late", accounts=3),
            seen(LinkKind.NETWORK, "n", "both", minutes=9, accounts=3),
            seen(LinkKind.NETWORK, "n", "early", minutes=5, accounts=3),
            seen(LinkKind.DEVICE, "d", "both", minutes=8),
        ],
    )
    assert [(one.kind, one.accounts) for one in found.shared] == [(LinkKind.DEVICE, 1), (LinkKind.NETWORK, 3)]
    assert [other.account for other in found.shared[1].others] == ["late", "early", "both"]
    assert found.shared[0].others == [Other("both", 2, NOON - timedelta(minutes=8))]
    both = [(LinkKind.DEVICE, "name of d"), (LinkKind.NETWORK, "name of n")]
    assert found.accounts[0] == LinkedAccount("both", both, NOON - timedelta(minutes=8))
    assert [one.account for one in found.accounts] == ["both", "late", "early"]


def test_equal_names_of_two_kinds_stay_apart() -> None:
    found = links("ACC", SINCE, [seen(LinkKind.DEVICE, "x", "one"), seen(LinkKind.RECEIVER, "x", "two")])
    assert [(one.kind, [other.account for other in one.others]) for one in found.shared] == [
        (LinkKind.DEVICE, ["one"]),
        (LinkKind.RECEIVER, ["two"]),
    ]
