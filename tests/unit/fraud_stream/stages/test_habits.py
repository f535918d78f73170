from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.detections.detection import default_detections
from fraud.payments.rates import default_rates
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.profiles import Version
from fraud_stream.profiles.files import read_profiles
from fraud_stream.profiles.profiles import Profiles, encoded, hashed
from fraud_stream.stages.enrichment import Scorer
from fraud_stream.stages.habits import PROFILED
from tests.builders import NOON, accepted_row, stream_table

DAY = timedelta(days=1)
MIDNIGHT = NOON.replace(hour=0, minute=0, second=0, microsecond=0)
ACCOUNT, DEVICE, SHOP = "ACC_000100", "device-7f3a", "MER_000042"
PAGE = pa.schema(
    [
        ("sender_account_id", pa.string()),
        ("last_event_time", pa.timestamp("us", tz="UTC")),
        ("habit_usd", pa.decimal128(38, 9)),
        ("device_ids", pa.list_(pa.string())),
        ("merchant_ids", pa.list_(pa.string())),
    ]
)


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def profile(**changes: object) -> dict[str, Any]:
    usual = {
        "sender_account_id": ACCOUNT,
        "last_event_time": MIDNIGHT - 2 * DAY,
        "habit_usd": Decimal(4),
        "device_ids": [DEVICE],
        "merchant_ids": [SHOP],
    }
    return usual | changes


def standing(as_of: datetime, *rows: dict[str, Any]) -> Profiles:
    return hashed(micros(as_of), [pa.RecordBatch.from_pylist(list(rows), PAGE)])


def scored(profiles: Sequence[Profiles], *rows: Mapping[str, object]) -> list[dict[str, Any]]:
    scorer = Scorer(tuple(default_detections()), default_rates(), profiles=lambda: profiles)
    found: list[dict[str, Any]] = scorer.score(stream_table(*(accepted_row(**row) for row in rows))).rows.to_pylist()
    return found


def told(row: dict[str, Any]) -> tuple[object, ...]:
    return tuple(row[name] for name in PROFILED.names)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param({"amount": Decimal("2.00")}, (True, True, 2.5, 0.5), id="as ever"),
        pytest.param({"device_id": "new", "amount": Decimal("4.00")}, (False, True, 2.5, 1.0), id="new device"),
        pytest.param({"merchant_id": "new", "amount": Decimal("4.00")}, (True, False, 2.5, 1.0), id="new merchant"),
        pytest.param({"event_time": NOON + DAY, "amount": Decimal("4.00")}, (True, True, 3.5, 1.0), id="a day on"),
        pytest.param({"sender_account_id": "other"}, (None,) * 4, id="an account without a profile"),
        pytest.param({"event_time": MIDNIGHT - DAY / 24}, (None,) * 4, id="made before the profile stands"),
    ],
)
def test_a_payment_is_held_against_the_profile_of_its_account(
    row: dict[str, object], expected: tuple[object, ...]
) -> None:
    [found] = scored([standing(MIDNIGHT, profile(), profile(sender_account_id="third"))], row)
    assert told(found) == expected


def test_without_a_profile_nothing_is_known_and_nothing_flagged() -> None:
    [found] = scored([], {"amount": Decimal(4_999)})
    assert told(found) == (None,) * 4
    assert found["risk_flags"] == []


def test_too_few_payments_make_no_habit() -> None:
    [found] = scored([standing(MIDNIGHT, profile(habit_usd=None))], {"amount": Decimal(4_999)})
    assert told(found) == (True, True, 2.5, None)


@pytest.mark.parametrize(
    ("row", "of_profile", "flags", "alerts"),
    [
        pytest.param({"amount": Decimal("40.01"), "device_id": "n"}, {}, ["TAKEOVER", "HABIT", "NEW_DEVICE"], True),
        pytest.param({"amount": Decimal("40.00"), "device_id": "n"}, {}, ["NEW_DEVICE"], False),
        pytest.param({"amount": Decimal("40.01")}, {}, ["HABIT"], False),
        pytest.param(
            {"amount": Decimal(200)},
            {"last_event_time": MIDNIGHT - 180 * DAY, "habit_usd": Decimal(200)},
            ["DORMANT"],
            False,
        ),
        pytest.param(
            {"amount": Decimal("199.99")},
            {"last_event_time": MIDNIGHT - 180 * DAY, "habit_usd": Decimal(200)},
            [],
            False,
        ),
    ],
)
def test_what_is_unusual_for_an_account_is_flagged(
    row: dict[str, object], of_profile: dict[str, object], flags: list[str], *, alerts: bool
) -> None:
    [found] = scored([standing(MIDNIGHT, profile(**of_profile))], row)
    assert (found["risk_flags"], found["is_alert"]) == (flags, alerts)


def test_of_two_midnights_each_payment_finds_the_one_before_it() -> None:
    older = standing(MIDNIGHT - DAY, profile(device_ids=["old"], last_event_time=MIDNIGHT - 2 * DAY))
    newer = standing(MIDNIGHT, profile(device_ids=["new"], last_event_time=MIDNIGHT - DAY / 2))
    moments = [MIDNIGHT, MIDNIGHT - DAY / 24, MIDNIGHT - 2 * DAY, NOON]
    found = scored([newer, older], *({"event_time": moment, "device_id": "new"} for moment in moments))
    assert [row["event_time"] for row in found] == moments
    assert [(row["known_device"], row["days_since_last"]) for row in found] == [
        (True, 0.5),
        (False, 2 - 1 / 24),
        (None, None),
        (True, 1.0),
    ]


@given(
    st.lists(st.sampled_from("ABCD"), unique=True),
    st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from(["d1", "d2", "d3"])), min_size=1, max_size=30),
    st.data(),
)
def test_devices_are_known_of_their_account_alone(
    accounts: list[str], payments: list[tuple[str, str]], data: st.DataObject
) -> None:
    own = {one: data.draw(st.lists(st.sampled_from(["d1", "d2", "d3"]), unique=True)) for one in accounts}
    profiles = standing(MIDNIGHT, *(profile(sender_account_id=one, device_ids=own[one]) for one in accounts))
    found = scored([profiles], *({"sender_account_id": who, "device_id": device} for who, device in payments))
    assert [row["known_device"] for row in found] == [
        device in own[who] if who in own else None for who, device in payments
    ]


def test_a_file_holds_hashes_and_says_what_was_written(tmp_path: Path) -> None:
    profiles = standing(MIDNIGHT, profile(), profile(sender_account_id="other", habit_usd=Decimal("0.01")))
    version = Version(micros(MIDNIGHT), 2)
    content = encoded(profiles)
    Checkpoint.at(str(tmp_path)).write(version.name, content)
    assert not any(name.encode() in content for name in (ACCOUNT, DEVICE, SHOP, "other"))
    read = read_profiles(str(tmp_path), (version,))
    row = {"amount": Decimal("2.00")}
    assert told(scored(read, row)[0]) == told(scored([profiles], row)[0]) == (True, True, 2.5, 0.5)
