"""Settings of the streaming job, read from the environment; a bad one stops the job at start-up by its name."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveInt, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from fraud.payments.rates import default_rates, parse_rates
from fraud.scoring.score import ScoreRules
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


class KafkaSettings(Settings):
    """Where payments come from and rejected bytes go; SASL settings are for Confluent Cloud."""

    kafka_bootstrap_servers: Text
    kafka_security_protocol: str = "PLAINTEXT"
    kafka_sasl_mechanism: str = "PLAIN"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None

    @model_validator(mode="after")
    def _has_login(self) -> "KafkaSettings":
        if (self.kafka_sasl_username is None) != (self.kafka_sasl_password is None):
            raise ValueError("KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are set together or not at all")
        return self

    def client_options(self) -> dict[str, str | int | bool]:
        """Return the connection as librdkafka takes it."""
        options: dict[str, str | int | bool] = {
            "bootstrap.servers": self.kafka_bootstrap_servers,
            "security.protocol": self.kafka_security_protocol,
        }
        if self.kafka_sasl_password is None or self.kafka_sasl_username is None:
            return options
        return options | {
            "sasl.mechanism": self.kafka_sasl_mechanism,
            "sasl.username": self.kafka_sasl_username,
            "sasl.password": self.kafka_sasl_password.get_secret_value(),
        }


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
    enabled_sinks: frozenset[SinkName] = frozenset(SinkName)
    score_rules: ScoreRules = ScoreRules()
    reference_rates_file: Path | None = None
    stream_batch_id: str | None = None

    def reference_rates(self) -> Mapping[str, Decimal]:
        """Return the rates in force. Raises ValueError that names the setting."""
        if self.reference_rates_file is None:
            return default_rates()
        try:
            return parse_rates(self.reference_rates_file.read_bytes())
        except (OSError, ValueError) as error:
            raise ValueError(f"REFERENCE_RATES_FILE: {error}") from error
