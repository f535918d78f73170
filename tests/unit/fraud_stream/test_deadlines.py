"""Every call that the job, the functions and `make verify` make to a server says how long it may take."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.unit.docs.pages import REPOSITORY

JOB = "dataproc_jobs/fraud_stream"
VERIFY = "dataproc_jobs/reconciliation"
FUNCTIONS = "functions"
CALLS = {
    (JOB, "BigQuery's streams"): {"create_write_stream", "finalize_write_stream"},
    (JOB, "BigQuery's tables and jobs"): {"get_table", "query"},
    (JOB, "Kafka"): {
        "init_transactions",
        "send_offsets_to_transaction",
        "commit_transaction",
        "abort_transaction",
        "committed",
        "get_watermark_offsets",
        "poll",
    },
    (JOB, "the lease's bucket"): {"get_blob", "download_as_bytes", "upload_from_string"},
    (VERIFY, "Kafka"): {"list_topics", "get_watermark_offsets", "poll"},
    (VERIFY, "Firestore"): {"stream"},
    (VERIFY, "BigQuery's jobs"): {"client.query", "job.result"},
    (FUNCTIONS, "BigQuery's jobs"): {"_client.query", "job.result"},
    (FUNCTIONS, "Kafka"): {"list_topics", "get_watermark_offsets"},
    (FUNCTIONS, "buckets"): {"download_as_bytes", "upload_from_string"},
    (FUNCTIONS, "Dataproc"): {"client.list_batches", "client.create_batch", "client.get_batch", "cancel_operation"},
    (FUNCTIONS, "Firestore"): {"stream", "collections", "get_all"},
    (FUNCTIONS, "Google's certificates"): {"Request()"},
}
CLIENTS = {
    (JOB, "Redis"): ("from_url", ("socket_timeout", "socket_connect_timeout")),
    (JOB, "Pub/Sub"): ("PublisherOptions", ("timeout", "retry")),
    (VERIFY, "Redis"): ("from_url", ("socket_timeout", "socket_connect_timeout")),
    (FUNCTIONS, "Redis"): ("from_url", ("socket_timeout", "socket_connect_timeout")),
    (FUNCTIONS, "Pub/Sub"): ("PublisherOptions", ("timeout", "retry")),
    (FUNCTIONS, "HTTP"): ("PoolManager", ("timeout", "retries")),
}
BOUND = re.compile(r"\btimeout=|TIMEOUT_S|PATIENCE_S|poll\((0|1\.0)\)")
NO_CALL_OUT = "request.stream"
UNBOUND = {"firestore.Client"}
"""Clients that go on for minutes whatever they are told: `fraud_service.stores.bounded` holds the one to use."""


def calls(root: str, names: set[str]) -> Iterator[str]:
    """Yield the source of every call of these names below a folder; a name may say of what."""
    for path in sorted((REPOSITORY / root).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) == NO_CALL_OUT:
                continue
            if _is_one_of(ast.unparse(node.func), names):
                yield f"{path.relative_to(REPOSITORY)}:{node.lineno} {ast.unparse(node)}"


def _is_one_of(called: str, names: set[str]) -> bool:
    return any(called == name or called.endswith(f".{name}") for name in names)


@pytest.mark.parametrize(("place", "names"), CALLS.items(), ids=map(" ".join, CALLS))
def test_a_call_has_a_deadline(place: tuple[str, str], names: set[str]) -> None:
    found = list(calls(place[0], names))
    assert names == {name for name in names if any(f"{name}(" in call for call in found)}
    assert [call for call in found if not BOUND.search(call)] == []


@pytest.mark.parametrize(("place", "made"), CLIENTS.items(), ids=map(" ".join, CLIENTS))
def test_a_client_is_made_with_a_deadline(place: tuple[str, str], made: tuple[str, tuple[str, ...]]) -> None:
    client, options = made
    found = list(calls(place[0], {client}))
    assert found
    assert [call for call in found if not all(f"{option}=" in call for option in options)] == []


def test_the_functions_use_no_client_that_cannot_be_bounded() -> None:
    assert list(calls(FUNCTIONS, UNBOUND)) == []
