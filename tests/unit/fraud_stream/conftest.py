"""Each test starts without a setting of the job in its environment, and without a key ring kept from another test."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from pydantic_settings import BaseSettings

from fraud_stream.keys import KeySettings, key_ring
from fraud_stream.settings import KafkaSettings, StreamSettings, WarehouseSettings

# a slow example is no failure on a shared machine
settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")

SETTINGS: tuple[type[BaseSettings], ...] = (KafkaSettings, StreamSettings, WarehouseSettings, KeySettings)
VARIABLES = {
    f"{model.model_config.get('env_prefix', '')}{name}".upper() for model in SETTINGS for name in model.model_fields
}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.upper() in VARIABLES:
            monkeypatch.delenv(name)
    key_ring.cache_clear()
    yield
    key_ring.cache_clear()
