"""Where Kafka is and how to speak to it: from the environment, else from what `make up` wrote."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from simulator.errors import SettingsError

ENV_FILE = Path(".local/env")


class KafkaSettings(BaseSettings):
    """Each field is the environment variable KAFKA_<FIELD>; the environment wins over the file .local/env."""

    model_config = SettingsConfigDict(env_prefix="KAFKA_", env_file=ENV_FILE, extra="ignore", frozen=True)

    bootstrap_servers: str = Field(min_length=1)
    security_protocol: str = Field(default="PLAINTEXT", pattern="^(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)$")
    sasl_mechanism: str = "PLAIN"
    sasl_username: str = ""
    sasl_password: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        lacks = [name for name in ("sasl_username", "sasl_password") if not getattr(self, name)]
        if self.uses_sasl and lacks:
            names = " and ".join(f"KAFKA_{name.upper()}" for name in lacks)
            raise ValueError(f"KAFKA_SECURITY_PROTOCOL={self.security_protocol} needs {names}")
        return self

    @property
    def uses_sasl(self) -> bool:
        """Whether the broker asks for a user name and password."""
        return self.security_protocol.startswith("SASL_")

    def client(self) -> dict[str, str]:
        """Return the connection part of a librdkafka configuration, the password in clear."""
        connection = {"bootstrap.servers": self.bootstrap_servers, "security.protocol": self.security_protocol}
        if self.uses_sasl:
            connection["sasl.mechanism"] = self.sasl_mechanism
            connection["sasl.username"] = self.sasl_username
            connection["sasl.password"] = self.sasl_password.get_secret_value()
        return connection


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
        # Only where and what: the value, which an error's text would quote, may be a password.
        problems = [(str(*problem["loc"][:1]), problem["msg"]) for problem in error.errors()]
    raise SettingsError("; ".join(_sentence(field, message) for field, message in problems))


def _sentence(field: str, message: str) -> str:
    if field == "bootstrap_servers":
        return "KAFKA_BOOTSTRAP_SERVERS is missing: set it, or run `make up`, which writes it to .local/env"
    return f"KAFKA_{field.upper()}: {message}" if field else message.removeprefix("Value error, ")
