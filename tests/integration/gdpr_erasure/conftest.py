"""The function as its own process, on the real servers."""

import json
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
import redis
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, firestore

from fraud_service import settings
from fraud_service.pubsub.topic import publisher
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents as documents_client
from infra.local.functions.gdpr_erasure import GdprErasure
from infra.local.stack.local_stack import LocalStack
from tests.integration.gdpr_erasure.estate import Estate
from tests.integration.local.waiting import wait_until

Call = Callable[..., tuple[int, dict[str, Any]]]
Completed = Callable[[str], dict[str, Any]]


@pytest.fixture
def function(local_stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> GdprErasure:
    local_stack.start("gdpr_erasure")
    for name, value in local_stack.environment.items():
        monkeypatch.setenv(name, value)
    component = local_stack.component("gdpr_erasure")
    assert isinstance(component, GdprErasure)
    return component


@pytest.fixture
def estate(function: GdprErasure, local_stack: LocalStack) -> Iterator[Estate]:
    del function
    environment = local_stack.environment
    options = {"api_endpoint": environment["BIGQUERY_EMULATOR_HOST"]}
    tables = bigquery.Client(environment["GOOGLE_CLOUD_PROJECT"], AnonymousCredentials(), client_options=options)
    cache = redis.Redis.from_url(environment["REDIS_URL"], decode_responses=True)
    with tables, cache:
        yield Estate(local_stack, tables, firestore.Client(environment["GOOGLE_CLOUD_PROJECT"]), cache)
    for kept in (documents_client, cache_client, publisher, settings.project):
        kept.cache_clear()


@pytest.fixture
def call(function: GdprErasure) -> Call:
    def request(
        method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        connection = HTTPConnection("127.0.0.1", function.port, timeout=30)
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        connection.request(method, path, content, {"Content-Type": "application/json"} | (headers or {}))
        reply = connection.getresponse()
        document = json.loads(reply.read())
        connection.close()
        return reply.status, document

    return request


@pytest.fixture
def completed(call: Call) -> Completed:
    """Wait for an erasure's end, and return it."""

    def wait(request_id: str) -> dict[str, Any]:
        wait_until(lambda: call("GET", f"/erasure/{request_id}")[1]["state"] == "COMPLETED", 60)
        return call("GET", f"/erasure/{request_id}")[1]

    return wait
