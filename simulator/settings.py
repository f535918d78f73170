"""Where Kafka is and how to speak to it: from the environment, else from what `make up` wrote."""

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from fraud.configuration import KafkaAccess, problems
from simulator.errors import SettingsError

ENV_FILE = Path(".local/env")


class KafkaSettings(KafkaAccess, BaseSettings):
    """The environment wins over the file .local/env."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="ignore", frozen=True)


class GatewaySettings(BaseSettings):
    """Where authorize_payment is asked; the environment wins over the file .local/env."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="ignore", frozen=True)

    authorize_url: str = Field(pattern=r"^https?://[^/]")


def load_gateway_settings() -> GatewaySettings:
    """Read the settings; raises SettingsError."""
    try:
        return GatewaySettings()
    except ValidationError:
        pass
    raise SettingsError(
        "AUTHORIZE_URL is missing or no http address: set it, or run `make up`, which writes it to .local/env"
    )


def load_kafka_settings() -> KafkaSettings:
    """Read the settings; raises SettingsError."""
    try:
        return KafkaSettings()
    except ValidationError as error:
        lines = problems(error).splitlines()
    raise SettingsError("; ".join(map(_sentence, lines)))


def _sentence(line: str) -> str:
    if line.startswith("KAFKA_BOOTSTRAP_SERVERS"):
        return "KAFKA_BOOTSTRAP_SERVERS is missing: set it, or run `make up`, which writes it to .local/env"
    return line.removeprefix("settings: Value error, ")
