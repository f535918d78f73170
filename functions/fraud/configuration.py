"""What every program's settings share: how a bad one is told of, and how Kafka is reached."""

from typing import Annotated, Self

from pydantic import BaseModel, SecretStr, StringConstraints, ValidationError, model_validator

_LOGIN_MODULES = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r"})
"""Java reads a quoted value as its own source code would: these end it, or begin something else, unless escaped."""


class KafkaAccess(BaseModel, hide_input_in_errors=True):
    """Where Kafka is and who asks; each field is an environment variable of the same name in capitals.

    A login is for the SASL protocols, as Confluent Cloud's is. The programs' settings derive from this.
    """

    kafka_bootstrap_servers: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    kafka_security_protocol: Annotated[str, StringConstraints(pattern="^(SASL_)?(PLAINTEXT|SSL)$")] = "PLAINTEXT"
    kafka_sasl_mechanism: Annotated[str, StringConstraints(pattern=f"^({'|'.join(_LOGIN_MODULES)})$")] = "PLAIN"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None

    @model_validator(mode="after")
    def _has_login(self) -> Self:
        protocol, asks = self.kafka_security_protocol, self.kafka_security_protocol.startswith("SASL_")
        lacks = [name for name in ("KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD") if not getattr(self, name.lower())]
        if asks and lacks:
            raise ValueError(f"KAFKA_SECURITY_PROTOCOL={protocol} needs {' and '.join(lacks)}")
        if len(lacks) == 1:
            raise ValueError("KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are set together or not at all")
        if not asks and not lacks:
            raise ValueError(f"KAFKA_SECURITY_PROTOCOL={protocol} sends no login, but KAFKA_SASL_USERNAME is set")
        return self

    def client_options(self) -> dict[str, str | int | bool]:
        """Return the connection as librdkafka takes it, the password in clear: user and password stand as they are."""
        options: dict[str, str | int | bool] = {
            "bootstrap.servers": self.kafka_bootstrap_servers,
            "security.protocol": self.kafka_security_protocol,
        }
        if not self.kafka_sasl_password:
            return options
        return options | {
            "sasl.mechanism": self.kafka_sasl_mechanism,
            "sasl.username": self.kafka_sasl_username or "",
            "sasl.password": self.kafka_sasl_password.get_secret_value(),
        }

    def java_options(self) -> dict[str, str]:
        """Return the connection as Kafka's Java client takes it, the password in clear, quoted as JAAS wants it."""
        options = {
            "bootstrap.servers": self.kafka_bootstrap_servers,
            "security.protocol": self.kafka_security_protocol,
        }
        if not self.kafka_sasl_password:
            return options
        module = _LOGIN_MODULES[self.kafka_sasl_mechanism]
        user, password = map(_quoted, (self.kafka_sasl_username or "", self.kafka_sasl_password.get_secret_value()))
        return options | {
            "sasl.mechanism": self.kafka_sasl_mechanism,
            "sasl.jaas.config": f"{module} required username={user} password={password};",
        }


def problems(error: ValidationError) -> str:
    """Return one line a bad setting: its environment variable and what is wrong, never its value."""
    return "\n".join(f"{_variable(detail['loc'])}: {detail['msg']}" for detail in error.errors(include_input=False))


def _quoted(text: str) -> str:
    return f'"{text.translate(_ESCAPED)}"'


def _variable(location: tuple[int | str, ...]) -> str:
    return ".".join([str(location[0]).upper(), *map(str, location[1:])]) if location else "settings"
