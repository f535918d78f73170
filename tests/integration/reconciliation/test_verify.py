import json
from pathlib import Path

import pytest
from confluent_kafka import Producer

from tests.builders import NOON
from tests.integration.reconciliation.conftest import Books, copy_dead_letter

COPY = "select * from pii_masking_audit where kafka_partition = 0 and kafka_offset = 0"


def test_books_that_agree_are_proved(books: Books) -> None:
    result = books.verify()
    assert "6 received = 3 accepted + 1 duplicates + 1 late + 1 rejected" in result.output
    assert "2 received = 2 accepted + 0 duplicates + 0 late + 0 rejected, 1 not finished" in result.output
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        pytest.param(
            "delete from pii_masking_audit where kafka_partition = 0 and kafka_offset = 2",
            "partition 0: 0/2 no disposition",
            id="a position in the middle is missing",
        ),
        pytest.param(
            "delete from pii_masking_audit where kafka_partition = 1",
            "partition 1: 1/0 no disposition",
            id="a whole partition is missing",
        ),
        pytest.param(f"insert into pii_masking_audit {COPY}", "partition 0: 0/0 2 dispositions", id="audited twice"),
        pytest.param(
            "update pii_masking_audit set disposition = 'LOST' where kafka_partition = 0 and kafka_offset = 2",
            "partition 0: 0/0 1 of this block have none of the four dispositions",
            id="another disposition",
        ),
        pytest.param(
            "delete from payment_transactions where kafka_partition = 0 and kafka_offset = 5",
            "0/5 payment_transactions: 0 rows instead of 1",
            id="an accepted payment is not stored",
        ),
        pytest.param(
            "insert into payment_transactions_fraud select * from payment_transactions_fraud where kafka_offset = 5",
            "0/5 payment_transactions_fraud: 2 rows instead of 1",
            id="a score is stored twice",
        ),
        pytest.param(
            "update payment_transactions set transaction_id = 'TXN_X' where transaction_id = 'TXN_3'",
            "1/0 payment_transactions: under another transaction id",
            id="another transaction stands in its place",
        ),
        pytest.param(
            "update payment_transactions set transaction_id = 'TXN_0' where transaction_id = 'TXN_1'",
            "0/1 its transaction had been accepted before",
            id="a transaction is accepted twice",
        ),
        pytest.param(
            "delete from payment_late_events where true",
            "0/3 payment_late_events: 0 rows",
            id="late event",
        ),
        pytest.param(
            "delete from payment_dead_letters where true", "0/4 payment_dead_letters: 0 rows", id="dead letter"
        ),
        pytest.param(
            "delete from fraud_velocity_alerts where transaction_id = 'TXN_4'",
            "1/1 fraud_velocity_alerts: 0 rows instead of 1",
            id="an alert is not stored",
        ),
        pytest.param(
            "update payment_transactions_fraud set amount = 12.51 where transaction_id = 'TXN_3'",
            "sum of EUR:  payment_transactions_fraud has",
            id="a cent too much",
        ),
    ],
)
def test_a_falsified_row_is_named(books: Books, statement: str, named: str) -> None:
    books.change(statement)
    result = books.verify()
    assert named in result.output
    assert result.exit_code == 1


def test_an_erased_payment_is_not_missed(books: Books) -> None:
    for table in ("payment_transactions", "payment_transactions_fraud"):
        books.change(f"delete from {table} where transaction_id = 'TXN_0'")
    books.change("update pii_masking_audit set erasure_timestamp = masking_timestamp where transaction_id = 'TXN_0'")
    result = books.verify()
    assert result.exit_code == 0, result.output


def test_an_alert_that_redis_made_up_is_named(books: Books) -> None:
    books.redis.zadd("fraud:counted:sender:ACC_000100", {"TXN_0": 1_772_366_400_000})
    result = books.verify("--redis-lost-data")
    assert "Redis counts TXN_0 of ACC_000100, which is no alert in the dataset" in result.output
    assert "Redis counts 2 alerts of ACC_000100 and knows 3" in result.output
    assert result.exit_code == 1


def test_an_alert_that_redis_lost_is_named_unless_told(books: Books) -> None:
    books.redis.zrem("fraud:counted:sender:ACC_000100", "TXN_1")
    books.redis.set("fraud:count:sender:ACC_000100", 1)
    result = books.verify()
    assert "0/1 Redis does not count TXN_1 of ACC_000100" in result.output
    assert result.exit_code == 1
    assert books.verify("--redis-lost-data").exit_code == 0


def test_a_dead_letter_copied_twice_is_named(books: Books) -> None:
    copy_dead_letter(books.topic, f"{books.topic}-again")
    result = books.verify()
    assert "2 dead letters of 1 rejected positions" in result.output
    assert result.exit_code == 1


def test_a_dead_letter_that_was_never_copied_is_missed(books: Books) -> None:
    books.change("update pii_masking_audit set disposition = 'REJECTED' where kafka_partition = 0 and kafka_offset = 2")
    result = books.verify()
    assert "1 dead letters of 2 rejected positions" in result.output
    assert result.exit_code == 1


def test_a_store_out_of_reach_proves_nothing(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    result = books.verify()
    assert "Redis: " in result.output
    assert result.exit_code == 2


def test_a_missing_setting_is_named(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHECKPOINT_LOCATION")
    result = books.verify()
    assert "CHECKPOINT_LOCATION: Field required" in result.output
    assert result.exit_code == 2


_CLOCK = json.dumps({"batchWatermarkMs": 0, "batchTimestampMs": int(NOON.timestamp() * 1_000)})


@pytest.fixture
def transactions(books: Books, stack_environment: dict[str, str], tmp_path: Path) -> Books:
    """After what is finished in partition 0: a marker of a commit, an aborted record with its marker; all finished."""
    producer = Producer(
        {"bootstrap.servers": stack_environment["KAFKA_BOOTSTRAP_SERVERS"], "transactional.id": f"t-{books.topic}"}
    )
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(books.topic, b"{}", partition=0)
    producer.commit_transaction(30)
    producer.begin_transaction()
    producer.produce(books.topic, b"{}", partition=0)
    assert producer.flush(30) == 0
    producer.abort_transaction(30)
    line = json.dumps({books.topic: {"0": 10, "1": 2}})
    (tmp_path / "offsets" / "0").write_text(f"v1\n{_CLOCK}\n{line}")
    return books


def test_a_committed_record_without_a_disposition_is_missed_and_markers_are_not(transactions: Books) -> None:
    missed = transactions.verify()
    assert missed.exit_code == 1
    assert "partition 0: 0/6 no disposition" in missed.output
    assert [f"0/{offset} no disposition" in missed.output for offset in (7, 8, 9)] == [False] * 3

    transactions.change(
        "insert into pii_masking_audit (kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, disposition, "
        "masking_timestamp, masking_reason, erasure_requested) "
        f"values ('{transactions.topic}', 0, 6, timestamp '2026-03-01 12:00:00', 'DUPLICATE', "
        "timestamp '2026-03-01 12:00:00', 'PCI-DSS', false)"
    )
    proved = transactions.verify()
    assert (proved.exit_code, "3 offsets without a record" in proved.output) == (0, True), proved.output
