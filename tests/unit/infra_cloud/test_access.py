import pytest

from infra.policy.access import holders, table
from tests.unit.docs.pages import read
from tests.unit.infra_cloud.deployment import inventory

stacks = pytest.mark.parametrize("stack", ["dev", "staging", "prod"])


@stacks
def test_only_the_stream_reads_raw_payments(stack: str) -> None:
    rights = table(inventory(stack))
    assert holders(rights, "kafka READ", "topic payment-events") == {"kafka-stream"}
    assert holders(rights, "roles/secretmanager.secretAccessor", "secret kafka-stream-password") == {"stream"}
    assert [right for right in rights if right.what.endswith("*") and right.what.startswith("topic")] == []


@stacks
def test_only_programs_that_hash_cards_read_the_hmac_keys(stack: str) -> None:
    readers = holders(table(inventory(stack)), "roles/secretmanager.secretAccessor", "secret pii-hmac-keys")
    assert readers == {"stream", "authorize-payment", "gdpr-erasure", "erasure-drill"}


@stacks
def test_the_drill_changes_two_tables_and_calls_one_function(stack: str) -> None:
    rights = {(right.role, right.what) for right in table(inventory(stack)) if right.who == "erasure-drill"}
    changes = {what for role, what in rights if role == "roles/bigquery.dataEditor"}
    assert changes == {"table payment_transactions", "table pii_masking_audit"}
    assert {what for role, what in rights if role == "roles/run.invoker"} == {"function gdpr-erasure"}


@stacks
def test_nobody_reads_every_secret_or_acts_as_every_account(stack: str) -> None:
    on_project = {right.role for right in table(inventory(stack)) if right.what == "project"}
    assert not on_project & {"roles/secretmanager.secretAccessor", "roles/iam.serviceAccountUser"}


def test_only_the_supervisor_runs_batches_as_the_stream() -> None:
    rights = table(inventory("prod"))
    assert holders(rights, "roles/iam.serviceAccountUser", "account stream") == {"stream-supervisor"}
    assert holders(rights, "roles/dataproc.editor", "project") == {"stream-supervisor"}


def test_the_table_in_the_documents_is_what_is_granted() -> None:
    page = read("docs/iam.md")
    rows = {
        tuple(cell.strip(" `") for cell in line.strip("|").split("|")) for line in page.splitlines() if "| `" in line
    }
    assert rows == {(right.who, right.role, right.what) for right in table(inventory("prod"))}
