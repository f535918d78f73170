"""Settings of the streaming job, read from the environment; a bad one stops the job at start-up by its name."""

import os
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveInt, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from fraud.configuration import KafkaAccess
from fraud.payments.rates import default_rates, parse_rates
from fraud_stream.secret_settings import SecretSource

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class SinkName(StrEnum):
    """A destination that can be left out, as a benchmark does."""

    REDIS = "redis"
    PUBSUB = "pubsub"
    DEAD_LETTER = "dead_letter"
    BIGQUERY = "bigquery"


class Settings(BaseSettings):
    """Fields are named as their environment variables; an error never shows what was set."""

    model_config = SettingsConfigDict(hide_input_in_errors=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment name secrets instead of holding them."""
        return (init_settings, env_settings, dotenv_settings, file_secret_settings, SecretSource(settings_cls))


class KafkaSettings(KafkaAccess, Settings):
    """Where payments come from and rejected bytes go."""


class WarehouseSettings(Settings):
    """BigQuery: the emulator's endpoints are set on a laptop only."""

    google_cloud_project: Text
    bigquery_dataset: Text = "payment_data"
    bigquery_emulator_host: str | None = None
    bigquery_storage_grpc_endpoint: str | None = None


class StreamSettings(Settings):
    """The job itself."""

    checkpoint_location: Annotated[Text, StringConstraints(pattern=r"^(/|gs://.|file:///)")]
    payment_topic: Text = "payment-events"
    dead_letter_topic: Text = "payment-events-dead-letter"
    dead_letter_owner: Text = "detect-fraud-dead-letter"
    alert_topic: Text = "fraud-alerts"
    redis_url: SecretStr
    starting_offsets: Annotated[str, StringConstraints(pattern="^(earliest|latest)$")] = "earliest"
    max_offsets_per_trigger: PositiveInt = 50_000
    trigger_interval_ms: Annotated[int, Field(ge=0)] = 0
    small_batch: Annotated[int, Field(ge=0)] = 5_000
    enabled_sinks: frozenset[SinkName] = frozenset(SinkName)
    reference_rates_file: Path | None = None
    model_location: Annotated[Text, StringConstraints(pattern=r"^(/|gs://.|file:///)")] | None = None
    stream_batch_id: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_what_is_gone(cls, given: dict[str, object]) -> dict[str, object]:
        if "SCORE_RULES" in os.environ:
            raise ValueError(
                "SCORE_RULES is gone: points and bounds are those of detections, which are changed while the job runs "
                "(docs/detections.md); put them there and unset it"
            )
        return given

    def reference_rates(self) -> Mapping[str, Decimal]:
        """Return the rates in force. Raises ValueError that names the setting."""
        if self.reference_rates_file is None:
            return default_rates()
        try:
            return parse_rates(self.reference_rates_file.read_bytes())
        except (OSError, ValueError) as error:
            raise ValueError(f"REFERENCE_RATES_FILE: {error}") from error
