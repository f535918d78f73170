"""Channels: those outside the product who hear of alerts, as the environment configures them."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Json,
    PositiveFloat,
    PositiveInt,
    Secret,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode

from fraud.channels.delivery import Persistence
from fraud.channels.signature import secret_key
from fraud_service.settings import HttpsUrl, Settings


class ChannelKind(StrEnum):
    """How a channel is spoken to."""

    WEBHOOK = "webhook"
    SLACK = "slack"


class Channel(BaseModel):
    """Where to post; the address is a secret, since Slack's carry their permission in the path."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    kind: ChannelKind
    url: Secret[HttpsUrl]


class ChannelSettings(Settings):
    """The channels, the secrets that sign what webhooks are sent, and how long to try."""

    alert_channels: Annotated[Json[tuple[Channel, ...]], NoDecode] = Field(default="[]", validate_default=True)
    alert_channel_secrets: Annotated[Json[dict[str, SecretStr]], NoDecode] = Field(default="{}", validate_default=True)
    alert_delivery_attempts: PositiveInt = 10
    alert_delivery_first_delay_seconds: PositiveFloat = 2.0
    alert_delivery_longest_delay_seconds: PositiveFloat = 300.0
    alert_delivery_timeout_seconds: PositiveFloat = 5.0
    threads: PositiveInt = 4

    @field_validator("alert_channels")
    @classmethod
    def _check_names(cls, channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
        if len({channel.name for channel in channels}) < len(channels):
            raise ValueError("two channels have the same name")
        return channels

    @field_validator("alert_channel_secrets")
    @classmethod
    def _check_secrets(cls, secrets: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for secret in secrets.values():
            for one in secret.get_secret_value().split(" "):
                secret_key(one)
        return secrets

    @model_validator(mode="after")
    def _check_together(self) -> "ChannelSettings":
        webhooks = {channel.name for channel in self.alert_channels if channel.kind is ChannelKind.WEBHOOK}
        if webhooks != set(self.alert_channel_secrets):
            raise ValueError("ALERT_CHANNEL_SECRETS must hold a secret for each channel of kind webhook and no other")
        if 2 * len(self.alert_channels) > self.threads:
            raise ValueError("THREADS must be at least twice the number of ALERT_CHANNELS")
        return self

    @property
    def places(self) -> int:
        """How many calls a channel may have under way: all channels together leave half the threads free."""
        return self.threads // 2 // max(1, len(self.alert_channels))

    @property
    def persistence(self) -> Persistence:
        """How often and how patiently a delivery is tried; an attempt connects and then waits for the answer."""
        return Persistence(
            attempts=self.alert_delivery_attempts,
            first_delay=timedelta(seconds=self.alert_delivery_first_delay_seconds),
            longest_delay=timedelta(seconds=self.alert_delivery_longest_delay_seconds),
            attempt_life=timedelta(seconds=3 * self.alert_delivery_timeout_seconds),
        )

    def keys(self, channel: Channel) -> tuple[bytes, ...]:
        """Return the keys that sign what a channel is sent, the newest first; none for kinds that are not signed."""
        secret = self.alert_channel_secrets.get(channel.name)
        return tuple(secret_key(one) for one in secret.get_secret_value().split(" ")) if secret else ()
