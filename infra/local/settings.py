"""Settings of the local stack, read from the environment."""

from pathlib import Path

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_PREFIX = "LOCAL_STACK_"


class Settings(BaseSettings):
    """What a developer may choose; every field has a default that works on a fresh machine."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_ignore_empty=True, validate_by_name=True, validate_by_alias=True, frozen=True
    )

    project: str = "local-fraud"
    """Google Cloud project id the emulators are addressed with."""

    payment_events_retention_hours: PositiveInt = 24
    """How long Kafka keeps raw payment events, which carry card data."""

    payments_per_second: PositiveFloat = 100.0
    """How much ordinary traffic `make run` simulates."""

    supervision_seconds: PositiveFloat = 3.0
    """How often the stream's supervisor is called; Cloud Scheduler can do it once a minute."""

    labelling_seconds: PositiveFloat = 30.0
    """How often verdicts of reviews are copied to the labels; in the cloud every five minutes."""

    dashboard_port: int = Field(default=3_000, ge=1_024, le=65_000)
    """Where the live page listens, or at the next free port."""

    cache_home: Path = Field(default=Path("~/.cache"), validation_alias="XDG_CACHE_HOME")
    """Where downloads are kept, shared by every clone on the machine."""

    java_home: Path | None = Field(default=None, validation_alias="JAVA_HOME")
    """The Java runtime to use; by default the one on the PATH."""

    cloud_sdk_root: Path | None = Field(default=None, validation_alias="CLOUDSDK_ROOT_DIR")
    """The Google Cloud SDK that holds the emulators; by default the one `gcloud` belongs to."""

    alert_channels: SecretStr = Field(default=SecretStr(""), validation_alias="ALERT_CHANNELS")
    """The channels alert_fanout tells of alerts; it checks them."""

    alert_channel_secrets: SecretStr = Field(default=SecretStr(""), validation_alias="ALERT_CHANNEL_SECRETS")
    """The secrets that sign what alert_fanout posts to webhooks."""

    @property
    def cache(self) -> Path:
        """The product's own folder in the cache, created on first use."""
        folder = self.cache_home.expanduser() / "payment-fraud-detection"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def variable(location: str) -> str:
    """Return the environment variable a problem is about, given where pydantic found it: a field or its alias."""
    return f"{_PREFIX}{location.upper()}" if location in Settings.model_fields else location
