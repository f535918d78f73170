"""Every call that the job makes to a server says how long it may take."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.unit.docs.pages import REPOSITORY

JOB = REPOSITORY / "dataproc_jobs" / "fraud_stream"
CALLS = {
    "BigQuery's streams": {"create_write_stream", "finalize_write_stream"},
    "BigQuery's tables and jobs": {"get_table", "query"},
    "Kafka": {
        "init_transactions",
        "send_offsets_to_transaction",
        "commit_transaction",
        "abort_transaction",
        "committed",
        "get_watermark_offsets",
        "poll",
    },
    "the lease's bucket": {"get_blob", "download_as_bytes", "upload_from_string"},
}
CLIENTS = {
    "Redis": ("from_url", ("socket_timeout", "socket_connect_timeout")),
    "Pub/Sub": ("PublisherOptions", ("timeout", "retry")),
}
BOUND = re.compile(r"\btimeout=|TIMEOUT_S|poll\((0|1\.0)\)")


def calls(names: set[str]) -> Iterator[str]:
    """Yield the source of every call of these names in the job."""
    for path in sorted(JOB.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in names:
                yield f"{path.relative_to(REPOSITORY)}:{node.lineno} {ast.unparse(node)}"


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@pytest.mark.parametrize("names", CALLS.values(), ids=CALLS)
def test_a_call_has_a_deadline(names: set[str]) -> None:
    found = list(calls(names))
    assert names == {name for name in names if any(f"{name}(" in call for call in found)}
    assert [call for call in found if not BOUND.search(call)] == []


@pytest.mark.parametrize(("client", "options"), CLIENTS.values(), ids=CLIENTS)
def test_a_client_is_made_with_a_deadline(client: str, options: tuple[str, ...]) -> None:
    found = list(calls({client}))
    assert found
    assert [call for call in found if not all(f"{option}=" in call for option in options)] == []
