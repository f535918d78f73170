"""The functions' edges on real servers."""

from collections.abc import Iterator

import pytest

from fraud_service import clients, settings

_KEPT = (clients.documents, clients.cache_client, clients.publisher, settings.project)


@pytest.fixture(autouse=True)
def fresh_clients() -> Iterator[None]:
    """Let each test make its clients from its own environment."""
    for kept in _KEPT:
        kept.cache_clear()
    yield
    for kept in _KEPT:
        kept.cache_clear()
