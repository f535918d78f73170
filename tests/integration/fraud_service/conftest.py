"""The functions' edges on real servers."""

from collections.abc import Iterator

import pytest

from fraud_service import settings
from fraud_service.pubsub.topic import publisher
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents as documents_client

_KEPT = (documents_client, cache_client, publisher, settings.project)


@pytest.fixture(autouse=True)
def fresh_clients() -> Iterator[None]:
    """Let each test make its clients from its own environment."""
    for kept in _KEPT:
        kept.cache_clear()
    yield
    for kept in _KEPT:
        kept.cache_clear()
