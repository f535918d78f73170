"""Profiles from the table to a batch, on the real emulator: brought beside it, kept by it, gone once erased."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tenacity import Retrying, stop_after_delay, wait_fixed

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.profiles import FILES, ProfileBook
from fraud_stream.profiles.files import read_profiles
from fraud_stream.profiles.standing import LOOK_EACH_S, StandingProfiles
from fraud_stream.settings import WarehouseSettings
from fraud_stream.sinks.warehouse import Warehouse
from infra.local.servers.bigquery import BigQuery
from sql.daily import build_profiles
from sql.warehouse import Warehouse as Tables
from tests.integration.conftest import opened_dataset
from tests.integration.sql.rows import insert
from tests.unit.fraud_stream.stages.test_habits import scored, told

MIDNIGHT = datetime(2026, 11, 30, tzinfo=UTC)
DAY = timedelta(days=1)
DATASET = "profiles"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def pay(tables: Tables, account: str, card: str) -> None:
    row = {"sender_account_id": account, "card_token": card, "device_id": "phone", "merchant_id": "shop"}
    usual = {"event_time": MIDNIGHT - DAY, "amount_usd": Decimal(4), "is_alert": False}
    insert(tables, "payment_transactions_fraud", *[row | usual] * 5)


@pytest.mark.timeout(300)
def test_profiles_come_beside_the_batches_and_an_erased_account_leaves(bigquery: BigQuery, tmp_path: Path) -> None:
    settings = WarehouseSettings(
        google_cloud_project=bigquery.settings.project,
        bigquery_dataset=DATASET,
        bigquery_emulator_host=bigquery.url,
    )
    checkpoint, clock = Checkpoint.at(str(tmp_path)), Clock()
    standing = StandingProfiles(checkpoint, Warehouse(settings), clock)
    book = ProfileBook(checkpoint, standing)

    def after_a_look(batch: int) -> list[tuple[object, ...]]:
        """Begin a batch, wait for the look that it began; return what the next batch knows of two accounts."""
        clock.now += LOOK_EACH_S
        book.of(batch)
        for attempt in Retrying(stop=stop_after_delay(60), wait=wait_fixed(0.05), reraise=True):
            with attempt:
                assert standing._look is not None
                assert not standing._look.is_alive()
        rows = [
            {
                "sender_account_id": who,
                "event_time": MIDNIGHT + DAY / 2,
                "device_id": "phone",
                "merchant_id": "bar",
                "amount": Decimal(42),
            }
            for who in ("KEPT", "ERASED")
        ]
        return [told(row) for row in scored(read_profiles(str(tmp_path), book.of(batch + 1)), *rows)]

    with opened_dataset(bigquery, DATASET) as tables:
        tables.apply()
        assert after_a_look(0) == [(None,) * 4] * 2
        pay(tables, "KEPT", "a" * 64)
        pay(tables, "ERASED", "b" * 64)
        build_profiles(tables, MIDNIGHT)
        known = (True, False, 1.5, 10.5)
        assert after_a_look(2) == [known, known]
        tables.run("delete from account_profiles where sender_account_id = 'ERASED'")
        assert after_a_look(4) == [known, (None,) * 4]
        book.of(6)
    assert len(checkpoint.names(FILES)) == 1
