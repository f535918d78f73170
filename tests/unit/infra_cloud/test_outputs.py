import json
from typing import Any

import pulumi
import pytest
from pydantic import SecretStr

from infra.__main__ import compose
from infra.client_config import WANTED
from infra.config import Documents
from infra.rehearsal.program import KEYS, Recorder, record
from tests.unit.infra_cloud.deployment import artifacts, stack_settings

DOCUMENTS = Documents(KEYS, SecretStr("[]"), SecretStr("{}"), ())


@pytest.fixture(scope="module")
def outputs() -> dict[str, Any]:
    """Return what a stack tells, and whether any of it is secret."""
    told: dict[str, Any] = {}
    record(Recorder(), "dev")

    def program() -> pulumi.Output[Any]:
        every = pulumi.Output.all(**compose(stack_settings("dev"), DOCUMENTS, artifacts()))
        return pulumi.Output.all(every, every.is_secret()).apply(lambda known: told.update(known[0], secret=known[1]))

    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]  # Pulumi's own decorator
    return told


def test_a_client_finds_what_it_asks_for(outputs: dict[str, Any]) -> None:
    assert all(outputs[name] for name in WANTED)
    assert outputs["urls"]["authorize_payment"] == "https://authorize-payment.a.run.app"
    assert outputs["page"] == outputs["urls"]["fraud_dashboard"]
    assert outputs["dataset"] == "acme-fraud-dev.payment_data"
    assert "fraud-alerts" in outputs["topics"]


def test_no_secret_is_told(outputs: dict[str, Any]) -> None:
    assert outputs["secret"] is False
    assert "key-secret" not in json.dumps(outputs)
