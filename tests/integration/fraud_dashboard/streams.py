"""Event streams of the page, read as a browser reads them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any

from infra.local.functions.fraud_dashboard import FraudDashboard


@contextmanager
def opened(dashboard: FraudDashboard, path: str, headers: dict[str, str] | None = None) -> Iterator[HTTPResponse]:
    connection = HTTPConnection("127.0.0.1", dashboard.port, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        yield connection.getresponse()
    finally:
        connection.close()


def batches(stream: HTTPResponse) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the position and the content of every event with alerts."""
    event: dict[str, str] = {}
    while line := stream.readline().decode():
        name, _, value = line.strip().partition(": ")
        if name:
            event[name] = value
        elif event.pop("event", None) == "alerts":
            yield event["id"], json.loads(event["data"])
