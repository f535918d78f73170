"""What the job makes of every kind of answer to an append, and of none."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pyarrow as pa
import pytest
from google.api_core.exceptions import DeadlineExceeded, ResourceExhausted
from grpc import StatusCode
from structlog.testing import capture_logs

from fraud_stream.settings import WarehouseSettings
from fraud_stream.sinks import write_streams
from fraud_stream.sinks.answers import MissingRightError, RefusedRowsError
from fraud_stream.sinks.patience import Patience
from fraud_stream.sinks.recovery import Recoveries
from fraud_stream.sinks.tables import TABLES
from fraud_stream.sinks.warehouse import StreamEnd, Warehouse
from tests.unit.fraud_stream.sinks.write_api import (
    Fault,
    WriteApi,
    aborting,
    answering,
    landed_unanswered,
    serve,
    swallowed,
)

ROWS = pa.table({"kafka_topic": ["t"] * 3, "kafka_partition": [0] * 3, "kafka_offset": [2, 0, 1]})
START = StreamEnd("projects/p/datasets/d/tables/t/streams/s", 0)
PATIENT = Patience(answer_s=3, outage_s=60, quota_s=60, quota_waits_s=(0.01, 0.05))
IMPATIENT = Patience(answer_s=0.5, outage_s=1, quota_s=1, quota_waits_s=(0.01, 0.05))


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> WriteApi:
    """BigQuery, which gets each row in a request of its own."""
    monkeypatch.setattr(write_streams, "MAX_APPEND_BYTES", 1)
    return WriteApi()


@pytest.fixture
def warehouse(api: WriteApi) -> Iterator[Warehouse]:
    with serve(api) as address:
        settings = WarehouseSettings(google_cloud_project="p", bigquery_storage_grpc_endpoint=address)
        yield Warehouse(settings, PATIENT)


@pytest.fixture
def batch(tmp_path: Path) -> Recoveries:
    return Recoveries(str(tmp_path), 0, 0)


PASSING = {
    "broken connection": aborting(StatusCode.UNAVAILABLE, "killed"),
    "ended without a reason": aborting(StatusCode.CANCELLED),
    "unavailable": answering(StatusCode.UNAVAILABLE),
    "aborted": answering(StatusCode.ABORTED),
    "internal": answering(StatusCode.INTERNAL),
    "never answered": swallowed,
    "quota": answering(StatusCode.RESOURCE_EXHAUSTED, "AppendBytesThroughput quota"),
    "quota, as the end of the call": aborting(StatusCode.RESOURCE_EXHAUSTED),
    "a column not known yet": answering(
        StatusCode.INVALID_ARGUMENT, "extra fields", storage_code="SCHEMA_MISMATCH_EXTRA_FIELDS"
    ),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_passes_is_waited_out_on_the_same_stream(
    warehouse: Warehouse, api: WriteApi, batch: Recoveries, fault: Fault
) -> None:
    api.faults = [fault] * 2
    end = warehouse.append(TABLES[0], START, ROWS, batch)
    assert (end, api.stored) == (StreamEnd(START.stream, 3), {START.stream: [0, 1, 2]})
    assert (api.opened, api.sealed) == ([], [])


FINAL = {
    "no right": (answering(StatusCode.PERMISSION_DENIED), MissingRightError, r"bigquery\.tables\.updateData"),
    "no right, as the end of the call": (aborting(StatusCode.PERMISSION_DENIED), MissingRightError, "dataEditor"),
    "nobody": (aborting(StatusCode.UNAUTHENTICATED), MissingRightError, "UNAUTHORIZED for projects/p/datasets/d"),
    "bad rows": (answering(StatusCode.INVALID_ARGUMENT, "secret 4111"), RefusedRowsError, "^INVALID_ARGUMENT$"),
    "no table": (
        answering(StatusCode.NOT_FOUND, storage_code="TABLE_NOT_FOUND"),
        RefusedRowsError,
        "NOT_FOUND TABLE_NOT_FOUND",
    ),
}


@pytest.mark.parametrize(("fault", "error", "words"), FINAL.values(), ids=FINAL)
def test_what_is_final_fails_at_once_and_says_why(
    warehouse: Warehouse, api: WriteApi, batch: Recoveries, fault: Fault, error: type[Exception], words: str
) -> None:
    api.faults = [fault] * 9
    with pytest.raises(error, match=words):
        warehouse.append(TABLES[0], START, ROWS, batch)
    assert (api.opened, api.sealed, api.calls) == ([], [], 1)


SURPRISES = {
    "offset taken": answering(StatusCode.ALREADY_EXISTS),
    "gap": aborting(StatusCode.OUT_OF_RANGE),
    "finalized": answering(StatusCode.FAILED_PRECONDITION),
    "finalized, by its own code": answering(StatusCode.INVALID_ARGUMENT, storage_code="STREAM_FINALIZED"),
    "finalized, in words": aborting(StatusCode.INVALID_ARGUMENT, "Stream has been FINALIZED"),
}


@pytest.mark.parametrize("fault", SURPRISES.values(), ids=SURPRISES)
def test_what_surprises_leads_to_one_new_stream(
    warehouse: Warehouse, api: WriteApi, batch: Recoveries, fault: Fault
) -> None:
    api.faults = [fault]
    end = warehouse.append(TABLES[0], START, ROWS, batch)
    assert (api.sealed, len(api.opened), sum(map(len, api.stored.values()))) == ([START.stream], 1, 3)
    assert end.stream == api.opened[0]


def test_rows_that_landed_unanswered_are_not_sent_again(warehouse: Warehouse, api: WriteApi, batch: Recoveries) -> None:
    warehouse.append(TABLES[0], START, ROWS.slice(0, 1), batch)
    api.faults = [landed_unanswered]
    end = warehouse.append(TABLES[0], StreamEnd(START.stream, 1), ROWS, batch)
    # requests under way behind the repeated one may land before the stream is sealed
    assert sum(map(len, api.stored.values())) == 4
    assert end == StreamEnd(api.opened[0], len(api.stored.get(api.opened[0], [])))


def test_a_bigquery_that_never_answers_ends_after_its_time(
    warehouse: Warehouse, api: WriteApi, batch: Recoveries
) -> None:
    api.faults = [swallowed] * 99
    with pytest.raises(DeadlineExceeded, match=r"did not answer within 0\.5 s"):
        Warehouse(warehouse.settings, IMPATIENT).append(TABLES[0], START, ROWS, batch)


def test_a_quota_that_stays_empty_ends_after_its_time(warehouse: Warehouse, api: WriteApi, batch: Recoveries) -> None:
    api.faults = [answering(StatusCode.RESOURCE_EXHAUSTED)] * 9_999
    with pytest.raises(ResourceExhausted):
        Warehouse(warehouse.settings, IMPATIENT).append(TABLES[0], START, ROWS, batch)


def test_appends_of_a_stream_share_a_connection(warehouse: Warehouse, api: WriteApi, batch: Recoveries) -> None:
    end = START
    for _ in range(20):
        end = warehouse.append(TABLES[0], end, ROWS, batch)
    assert (end.offset, api.calls) == (60, 1)


def test_no_more_connections_than_allowed_stay_open(
    warehouse: Warehouse, api: WriteApi, batch: Recoveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_streams, "MAX_CONNECTIONS", 2)
    for number in (0, 1, 2, 2, 1, 0):
        warehouse.append(TABLES[0], StreamEnd(f"s{number}", len(api.stored.get(f"s{number}", []))), ROWS, batch)
    assert api.calls == 4
    assert {stream: len(rows) for stream, rows in api.stored.items()} == {"s0": 6, "s1": 6, "s2": 6}


def test_an_old_connection_is_replaced_between_appends(
    warehouse: Warehouse, api: WriteApi, batch: Recoveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fraud_stream.sinks.connection.LIFE_S", 0)
    end = warehouse.append(TABLES[0], START, ROWS.slice(0, 1), batch)
    end = warehouse.append(TABLES[0], end, ROWS.slice(1, 1), batch)
    assert (end.offset, api.stored, api.calls) == (2, {START.stream: [0, 1]}, 2)


def test_streams_are_opened_at_a_pace(warehouse: Warehouse, api: WriteApi) -> None:
    begun = monotonic()
    warehouse.with_streams({}, TABLES, 5)
    assert monotonic() - begun >= 29 / write_streams.OPENINGS_A_SECOND
    assert len(api.opened) == 30


def test_a_stream_is_opened_when_the_quota_has_filled(warehouse: Warehouse, api: WriteApi) -> None:
    api.opening_faults = [StatusCode.RESOURCE_EXHAUSTED, StatusCode.UNAVAILABLE, StatusCode.RESOURCE_EXHAUSTED]
    assert warehouse.open_stream(TABLES[0]).stream == api.opened[0]


def test_what_is_waited_for_is_told_by_its_kind(warehouse: Warehouse, api: WriteApi) -> None:
    api.opening_faults = [StatusCode.RESOURCE_EXHAUSTED, StatusCode.UNAVAILABLE]
    with capture_logs() as said:
        warehouse.open_stream(TABLES[0])
    told = [(line["event"], line["cause"]) for line in said]
    assert sorted(told) == [("store_waited_for", "BigQuery outage"), ("store_waited_for", "BigQuery quota")]


def test_a_right_that_is_missing_is_told(warehouse: Warehouse, api: WriteApi) -> None:
    api.opening_faults = [StatusCode.PERMISSION_DENIED]
    with capture_logs() as said, pytest.raises(MissingRightError):
        warehouse.open_stream(TABLES[0])
    [line] = said
    assert (line["event"], line["log_level"]) == ("right_missing", "error")
    assert str(line["target"]).endswith("/tables/payment_transactions")
    assert "updateData" in str(line["right"])


def test_a_stream_that_may_not_be_opened_says_which_right_is_missing(warehouse: Warehouse, api: WriteApi) -> None:
    api.opening_faults = [StatusCode.PERMISSION_DENIED] * 9
    with pytest.raises(MissingRightError, match=r"FORBIDDEN for .*/tables/payment_transactions: .*updateData"):
        warehouse.open_stream(TABLES[0])
    assert len(api.opening_faults) == 8
