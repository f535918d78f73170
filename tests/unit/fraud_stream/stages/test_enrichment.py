import pyarrow as pa
import pytest

from fraud_stream.stages.enrichment import settle
from tests.builders import masked_table, received_row, rejected_row


@pytest.mark.parametrize(
    ("row", "accepted", "verdict"),
    [
        pytest.param(received_row(), True, ("ACCEPTED", None, None), id="elected"),
        pytest.param(received_row(), False, ("DUPLICATE", None, None), id="not elected"),
        pytest.param(
            received_row(disposition="LATE", reason="APPEND_TIME"), False, ("LATE", "APPEND_TIME", None), id="late"
        ),
        pytest.param(rejected_row(), False, ("REJECTED", "INVALID_FIELD", "amount"), id="rejected"),
    ],
)
def test_every_position_has_one_disposition(
    row: dict[str, object], verdict: tuple[str | None, ...], *, accepted: bool
) -> None:
    [settled] = settle(masked_table(row), pa.array([accepted])).to_pylist()
    assert (settled["disposition"], settled["reason"], settled["field"]) == verdict
    assert settled["transaction_id"] == row.get("transaction_id")


def test_no_rows_settle_to_none() -> None:
    assert settle(masked_table(), pa.array([], pa.bool_())).to_pylist() == []
