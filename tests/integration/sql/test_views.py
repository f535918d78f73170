"""Each view over rows of a date, region or topic of its own, with the exact outcome."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import log

import pytest

from sql.warehouse import Warehouse
from tests.integration.sql.rows import Row, insert, read


def at(clock: str, day: int) -> datetime:
    return datetime.fromisoformat(f"2026-10-{day:02}T{clock}").replace(tzinfo=UTC)


def test_velocity_fraud_analysis(views: Warehouse) -> None:
    def alert(clock: str, account: str, severity: str, amount: str, velocity: int, peers: list[str]) -> Row:
        return {
            "event_time": at(clock, 1),
            "sender_account_id": account,
            "severity": severity,
            "currency": "EUR",
            "amount": Decimal(amount),
            "velocity_60s": velocity,
            "velocity_fraud_peers": peers,
        }

    insert(
        views,
        "fraud_velocity_alerts",
        alert("10:00:00", "A", "HIGH", "0.10", 4, ["1", "2", "3", "4"]),
        alert("10:59:59.999999", "B", "HIGH", "0.20", 4, ["3", "4", "5", "6"]),
        alert("10:30:00", "A", "CRITICAL", "1.00", 5, ["1", "2", "3", "4", "5"]),
        alert("10:30:01", "A", "CRITICAL", "2.00", 6, ["1", "2", "3", "4", "5", "6"]),
        alert("11:00:00", "A", "HIGH", "7.00", 4, []),
    )
    found = read(views, "velocity_fraud_analysis", "alert_date = '2026-10-01'")
    day, ten, eleven = date(2026, 10, 1), at("10:00", 1), at("11:00", 1)
    assert found == [
        (day, ten, "CRITICAL", "EUR", 2, 1, Decimal("3.00"), Decimal("1.50"), 5.5, 6, 6),
        (day, ten, "HIGH", "EUR", 2, 2, Decimal("0.30"), Decimal("0.15"), 4.0, 4, 6),
        (day, eleven, "HIGH", "EUR", 1, 1, Decimal("7.00"), Decimal("7.00"), 4.0, 4, 0),
    ]


LIVE = (
    "sender_account_id, transaction_id, region, severity, velocity_60s, fraud_score, risk_flags, fraud_score_max, "
    "alerts, velocity_alerts, high_risk_alerts, amount_usd_total"
)


def test_active_high_risk_accounts(views: Warehouse) -> None:
    now = datetime.now(UTC)  # the view asks the server's clock: minutes of margin on either side

    def scored(account: str, name: str, minutes: float, score: int, severity: str | None) -> Row:
        return {
            "sender_account_id": account,
            "transaction_id": name,
            "event_time": now - timedelta(minutes=minutes),
            "region": "EU",
            "fraud_score": score,
            "is_high_risk": score > 60,
            "severity": severity,
            "is_velocity_fraud": severity is not None,
            "velocity_60s": 4 if severity else 1,
            "amount_usd": Decimal("2.50"),
            "risk_flags": ["VELOCITY_60S"] if severity else [],
        }

    insert(
        views,
        "payment_transactions_fraud",
        scored("both", "b1", 3, 75, "HIGH"),
        scored("both", "b2", 2, 40, "HIGH"),
        scored("both", "b3", 1, 10, None),  # no alert, though newer
        scored("both", "b0", 7, 100, "CRITICAL"),  # too old
        scored("risk", "r1", 2, 61, None),
        scored("calm", "c1", 1, 60, None),
        scored("past", "p1", 6, 90, "CRITICAL"),
    )
    assert read(views, "active_high_risk_accounts", "true", LIVE) == [
        ("both", "b2", "EU", "HIGH", 4, 40, ["VELOCITY_60S"], 75, 2, 2, 1, Decimal("5.00")),
        ("risk", "r1", "EU", None, 1, 61, [], 61, 1, 0, 1, Decimal("2.50")),
    ]


def test_fraud_summary(views: Warehouse) -> None:
    def scored(category: str, amount: str, score: int, flags: list[str], *, velocity: bool = False) -> Row:
        return {
            "event_time": at("09:00:00", 2),
            "region": "EU",
            "currency": "GBP",
            "merchant_category": category,
            "amount": Decimal(amount),
            "amount_usd": 2 * Decimal(amount),
            "fraud_score": score,
            "is_high_risk": score > 60,
            "is_velocity_fraud": velocity,
            "risk_flags": flags,
        }

    insert(
        views,
        "payment_transactions_fraud",
        scored("5411", "0.10", 0, []),
        scored("5411", "0.20", 40, ["VELOCITY_60S"], velocity=True),
        scored("5411", "9.00", 85, ["VELOCITY_60S", "VELOCITY_5M", "GEO_CHANGE"], velocity=True),
        scored("5411", "6000.00", 65, ["HIGH_AMOUNT", "GEO_CHANGE", "DEVICE_CHANGE"]),
        scored("7995", "1.00", 10, ["DEVICE_CHANGE"]),
        scored("5411", "1.00", 40, ["VELOCITY_60S"], velocity=True) | {"gate": "SUPPRESSED", "is_alert": False},
    )
    amounts = [Decimal(text) for text in ("6010.30", "6009.20", "12020.60", "12018.40")]
    one, none, two = Decimal("1.00"), Decimal(0), Decimal("2.00")
    assert read(views, "fraud_summary", "event_date = '2026-10-02'") == [
        (date(2026, 10, 2), "EU", "GBP", "5411", 5, 3, 2, 2, *amounts, 46.0, 1, 3, 1, 2, 1),
        (date(2026, 10, 2), "EU", "GBP", "7995", 1, 0, 0, 0, one, none, two, none, 10.0, 0, 0, 0, 0, 1),
    ]


def test_model_quality(views: Warehouse) -> None:
    def scored(offset: int, champion: float, challenger: float | None = None, *, fast: bool = True) -> Row:
        beside = {} if challenger is None else {"challenger_version": "new", "challenger_probability": challenger}
        return {
            "event_time": at("09:00:00", 8),
            "kafka_topic": "quality",
            "kafka_offset": offset,
            "is_velocity_fraud": fast,
            "features_complete": True,
            "model_version": "old",
            "fraud_probability": champion,
            **beside,
        }

    def label(offset: int, truth: bool, source: str = "CHARGEBACK", day: int = 9) -> Row:
        return {
            "kafka_topic": "quality",
            "kafka_offset": offset,
            "is_fraud": truth,
            "source": source,
            "observed_at": at("09:00:00", day),
        }

    insert(
        views,
        "payment_transactions_fraud",
        scored(1, 1.0, 1.0),
        scored(2, 1.0, 0.0),
        scored(3, 0.0, 0.0),
        scored(4, 0.5, 0.5),
        scored(5, 0.8),
        scored(6, 0.0, 0.0, fast=False),
        scored(7, 1.0) | {"features_complete": False},
    )
    insert(
        views,
        "payment_labels",
        label(1, True),
        label(2, True, day=10),
        label(2, False, day=11),  # a later word
        label(3, False, "REVIEW"),
        label(3, True, "SIMULATOR", day=12),  # what people say comes first
        label(4, True),
        label(6, True),  # no gate was asked
    )
    monday, found = date(2026, 10, 5), read(views, "model_quality", "week_start = '2026-10-05'")
    assert found == [
        (monday, "new", "CHALLENGER", 5, 4, 3, 0.75, 4, 1, 0, 1, 2, 1.0, 0.0, 0.0625),
        (monday, "old", "CHAMPION", 7, 5, 3, 0.6, 4, 1, 1, 1, 1, 0.5, 0.5, 0.3125),
    ]


def test_model_drift_is_the_index_of_what_moved(views: Warehouse) -> None:
    today = datetime.now(UTC)
    monday = (today - timedelta(days=today.weekday(), weeks=11)).date()  # the first of the view's twelve weeks
    following = monday + timedelta(weeks=1)

    def scored(day: int, velocity: int, probability: float) -> Row:
        return {
            "event_time": datetime.combine(monday + timedelta(days=day), time(9), UTC),
            "velocity_60s": velocity,
            "fraud_probability": probability,
            "model_version": "drifting",
        }

    first = [scored(0, 1, 0.0), scored(1, 1, 0.0), scored(2, 1, 0.0), scored(6, 3, 0.0)]
    second = [scored(7, 1, 0.0), scored(8, 8, 0.0), scored(9, 8, 0.0), scored(13, 8, 1.0)]
    insert(views, "payment_transactions_fraud", *first, *second, scored(-1, 8, 1.0))

    columns = "week_start, feature, payments, reference_payments, psi"
    found = {
        (week, feature): (payments, reference, psi)
        for week, feature, payments, reference, psi in read(views, "model_drift", "model_version = 'drifting'", columns)
    }
    assert {week for week, _ in found} == {monday, following}
    assert {feature for _, feature in found} >= {"fraud_probability", "amount_usd", "velocity_60s", "card_count_1h"}
    assert all(found[monday, feature] == (4, 4, 0.0) for _, feature in found)
    velocity, score = found[following, "velocity_60s"], found[following, "fraud_probability"]
    assert velocity == (4, 4, pytest.approx(index({1: 3, 2: 1, 3: 0}, {1: 1, 2: 0, 3: 3})))
    assert score == (4, 4, pytest.approx(index({0: 4, 13: 0}, {0: 3, 13: 1})))
    assert found[following, "card_count_1h"] == (4, 4, 0.0)  # unknown in both weeks


def index(then: Mapping[int, int], now: Mapping[int, int]) -> float:
    """Return the population stability index of counts by bin, half a payment more in each."""
    before, after = (
        {number: (count + 0.5) / (sum(counts.values()) + 0.5 * len(counts)) for number, count in counts.items()}
        for counts in (then, now)
    )
    return sum((after[number] - before[number]) * log(after[number] / before[number]) for number in then)


def test_deduplication_effectiveness(views: Warehouse) -> None:
    def audited(clock: str, disposition: str, name: str | None) -> Row:
        return {"masking_timestamp": at(clock, 3), "disposition": disposition, "transaction_id": name}

    insert(
        views,
        "pii_masking_audit",
        audited("08:00:00", "ACCEPTED", "a"),
        audited("08:10:00", "ACCEPTED", "b"),
        audited("08:20:00", "DUPLICATE", "a"),
        audited("08:59:59", "ACCEPTED", "a"),  # slipped through
        audited("08:30:00", "LATE", "c"),
        audited("08:40:00", "LATE", "d"),
        audited("08:50:00", "REJECTED", None),
        audited("08:51:00", "REJECTED", None),
        audited("09:00:00", "ACCEPTED", "a"),
    )
    assert read(views, "deduplication_effectiveness", "masking_date = '2026-10-03'") == [
        (date(2026, 10, 3), at("08:00", 3), 8, 3, 1, 2, 2, 0.125, 0.25, 0.25, 1),
        (date(2026, 10, 3), at("09:00", 3), 1, 1, 0, 0, 0, 0.0, 0.0, 0.0, 0),
    ]


def payment(day: int, clock: str, currency: str, amount: str, sender: str, receiver: str) -> Row:
    return {
        "event_time": at(clock, day),
        "currency": currency,
        "amount": Decimal(amount),
        "sender_account_id": sender,
        "receiver_account_id": receiver,
    }


def test_daily_summary_sums_to_the_minor_unit(views: Warehouse) -> None:
    insert(
        views,
        "payment_transactions",
        *[payment(4, "00:00:00", "USD", "0.10", f"S{number}", "R") for number in range(3)],
        payment(4, "23:59:59.999999", "USD", "999999999999999.99", "S0", "R2"),
        payment(4, "12:00:00", "KWD", "0.001", "S0", "R"),
        payment(5, "00:00:00", "USD", "5.00", "S0", "R"),
    )
    large = Decimal("999999999999999.99")
    days = "event_date between '2026-10-04' and '2026-10-05'"
    sums = (
        "event_date, currency, transactions, amount_total, amount_min, amount_max, sender_accounts, receiver_accounts"
    )
    assert read(views, "daily_summary", days, sums) == [
        (date(2026, 10, 4), "KWD", 1, *[Decimal("0.001")] * 3, 1, 1),
        (date(2026, 10, 4), "USD", 4, large + Decimal("0.30"), Decimal("0.10"), large, 3, 2),
        (date(2026, 10, 5), "USD", 1, *[Decimal("5.00")] * 3, 1, 1),
    ]


def test_daily_summary_averages(views: Warehouse) -> None:
    amounts = ("0.10", "0.20", "0.45")  # small ones: the emulator averages in binary floating point, unlike BigQuery
    insert(views, "payment_transactions", *[payment(7, "00:00:00", "EUR", amount, "S", "R") for amount in amounts])
    assert read(views, "daily_summary", "event_date = '2026-10-07'", "amount_average") == [(Decimal("0.25"),)]


def test_prevented_fraud(views: Warehouse) -> None:
    def declined(offset: int, amount: str, sender: str, *, status: str = "DECLINED", currency: str = "EUR") -> Row:
        position = {"kafka_topic": "prevented", "kafka_offset": offset}
        return payment(6, "07:00:00", currency, amount, sender, "R") | position | {"status": status}

    rows = [
        declined(0, "5000.00", "S1"),
        declined(1, "0.01", "S1"),
        declined(2, "8.00", "S2", currency="JPY"),
        declined(3, "70.00", "S1", status="APPROVED"),
    ]
    insert(views, "payment_transactions", *rows)
    insert(views, "payment_transactions_fraud", *[row | {"amount_usd": row["amount"] / 2} for row in rows])
    assert read(views, "prevented_fraud", "event_date = '2026-10-06'") == [
        (date(2026, 10, 6), "EUR", 2, 1, Decimal("5000.01"), Decimal("2500.005")),
        (date(2026, 10, 6), "JPY", 1, 1, Decimal("8.00"), Decimal("4.00")),
    ]


STORED = {
    "A": ("payment_transactions", "payment_transactions_fraud"),
    "D": (),
    "L": ("payment_late_events",),
    "R": ("payment_dead_letters",),
}
NAMES = {"A": "ACCEPTED", "D": "DUPLICATE", "L": "LATE", "R": "REJECTED"}

RECONCILED = (
    "first_offset, last_offset, positions, distinct_positions, missing_positions, repeated_positions, "
    "accepted, duplicates, late, rejected, accepted_erased, late_erased, "
    "transaction_rows, fraud_rows, late_rows, dead_letter_rows, is_complete"
)


@pytest.mark.parametrize(
    ("topic", "audited", "lost", "expected"),
    [
        # Each item of `audited` is an offset and a disposition, `!` erased since; `lost` tables miss the topic's rows.
        ("whole", "5A 6D 7L 8R 9A", "", (5, 9, 5, 5, 0, 0, 2, 1, 1, 1, 0, 0, 2, 2, 1, 1, True)),
        ("one", "0A", "", (0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, True)),
        ("gap", "0A 1A 4D", "", (0, 4, 3, 3, 2, 0, 2, 1, 0, 0, 0, 0, 2, 2, 0, 0, False)),
        ("repeat", "0D 1D 1D", "", (0, 1, 3, 2, 0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, False)),
        ("gap and repeat", "0D 2D 2D", "", (0, 2, 3, 2, 1, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, False)),
        ("erased", "0A! 1A 2L!", "", (0, 2, 3, 3, 0, 0, 2, 0, 1, 0, 1, 1, 1, 1, 0, 0, True)),
        ("no payments", "0A", "payment_transactions", (0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, False)),
        ("no scores", "0A", "payment_transactions_fraud", (0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, False)),
        ("no late events", "0L", "payment_late_events", (0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, False)),
        ("no dead letters", "0R", "payment_dead_letters", (0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, False)),
        ("no audit", "0A", "pii_masking_audit", (None, None, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, False)),
    ],
)
def test_reconciliation(
    topic: str, audited: str, lost: str, expected: tuple[int | bool | None, ...], views: Warehouse
) -> None:
    for table, rows in rows_of(topic, audited).items():
        if rows and table != lost:
            insert(views, table, *rows)
    assert read(views, "reconciliation", f"kafka_topic = '{topic}'", RECONCILED) == [expected]


def rows_of(topic: str, audited: str) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {table: [] for tables in STORED.values() for table in tables}
    rows["pii_masking_audit"] = []
    for item in audited.split():
        offset, disposition, erased = int(item[0]), item[1], item.endswith("!")
        position = {"kafka_topic": topic, "kafka_partition": 1, "kafka_offset": offset}
        erasure = {"erasure_requested": erased, "erasure_timestamp": at("01:00", 9) if erased else None}
        rows["pii_masking_audit"].append(position | {"disposition": NAMES[disposition]} | erasure)
        for table in () if erased else STORED[disposition]:
            rows[table].append(position)
    return rows


def test_reconciliation_tells_partitions_apart(views: Warehouse) -> None:
    positions = [{"kafka_topic": "apart", "kafka_partition": number % 2, "kafka_offset": number} for number in range(4)]
    insert(views, "pii_masking_audit", *[position | {"disposition": "DUPLICATE"} for position in positions])
    columns = "kafka_partition, first_offset, last_offset, missing_positions"
    assert read(views, "reconciliation", "kafka_topic = 'apart'", columns) == [
        (0, 0, 2, 1),
        (1, 1, 3, 1),
    ]
