"""The alert's published schema. Write it anew after a change that was meant with:

python -m tests.unit.fraud.alerts.test_schema
"""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fraud.alerts.alert import Alert, encode_alert
from fraud.alerts.schema import alert_schema
from fraud_stream.stages.alerts import raise_alerts
from tests.builders import accepted_row, make_alert, settled
from tests.unit.docs.pages import REPOSITORY

PAGE = REPOSITORY / "docs" / "alert.schema.json"
VALIDATOR = Draft202012Validator(alert_schema())


def published() -> str:
    return json.dumps(alert_schema(), indent=2) + "\n"


def faults(document: object) -> list[str]:
    return [".".join(map(str, error.absolute_path)) or error.message for error in VALIDATOR.iter_errors(document)]


def written(alert: Alert) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(encode_alert(alert), parse_float=Decimal)
    return document


def test_the_page_is_the_code_s() -> None:
    assert PAGE.read_text() == published()


def test_it_is_a_schema_that_describes_every_field() -> None:
    schema = alert_schema()
    Draft202012Validator.check_schema(schema)
    assert tuple(schema["properties"]) == Alert.__struct_fields__
    assert all(field["description"] for field in schema["properties"].values())


def test_what_the_job_raises_is_an_alert() -> None:
    velocity = {"velocity_60s": 5, "velocity_5m": 5, "peers": '["TXN_1","TXN_2"]'}
    rows = [accepted_row(**velocity), accepted_row(amount=Decimal("9000.000"), region_changed=True, **velocity)]
    raised = raise_alerts(settled(*rows).scored)
    assert len(raised) == 2
    assert [faults(written(alert)) for alert in raised] == [[], []]


@given(st.decimals(min_value="0.001", max_value="999999999999999.999", places=3), st.integers(0, 100))
def test_every_alert_is_one_by_the_schema(amount: Decimal, score: int) -> None:
    assert faults(written(make_alert(amount=amount, fraud_score=score))) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "1.00"}, "amount"),
        ({"amount": -1}, "amount"),
        ({"schema_version": 3}, "schema_version"),
        ({"severity": "LOW"}, "severity"),
        ({"fraud_score": 101}, "fraud_score"),
        ({"velocity_60s": -1}, "velocity_60s"),
        ({"transaction_id": ""}, "transaction_id"),
        ({"risk_flags": [1]}, "risk_flags.0"),
    ],
)
def test_anything_else_is_refused(change: dict[str, object], field: str) -> None:
    assert faults(written(make_alert()) | change) == [field]


def test_no_field_may_be_left_out_and_any_may_be_added() -> None:
    document = written(make_alert())
    assert faults(document | {"news": 1}) == []
    assert all(faults({name: held for name, held in document.items() if name != left_out}) for left_out in document)


if __name__ == "__main__":
    PAGE.write_text(published())
