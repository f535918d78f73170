"""Settings of the streaming job, read from the environment; a bad one stops the job at start-up by its name."""

from typing import Annotated

from pydantic import Field, PositiveInt, SecretStr, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

from fraud.scoring import ScoreRules

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class KafkaSettings(BaseSettings):
    """Where payments come from and rejected bytes go; SASL settings are for Confluent Cloud."""

    model_config = SettingsConfigDict(env_prefix="KAFKA_")

    bootstrap_servers: Text
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None


class WarehouseSettings(BaseSettings):
    """BigQuery: the emulator's endpoints are set on a laptop only."""

    google_cloud_project: Text
    bigquery_dataset: Text = "payment_data"
    bigquery_emulator_host: str | None = None
    bigquery_storage_grpc_endpoint: str | None = None


class StreamSettings(BaseSettings):
    """The job itself. Times in seconds unless the name says otherwise."""

    checkpoint_location: Text
    payment_topic: Text = "payment-events"
    dead_letter_topic: Text = "payment-events-dead-letter"
    alert_topic: Text = "fraud-alerts"
    redis_url: Text
    starting_offsets: Annotated[str, StringConstraints(pattern="^(earliest|latest)$")] = "earliest"
    max_offsets_per_trigger: PositiveInt = 50_000
    trigger_interval_ms: Annotated[int, Field(ge=0)] = 0
    score_rules: ScoreRules = ScoreRules()
    reference_rates_file: str | None = None
