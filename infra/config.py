"""The settings of a stack: typed, and checked before any resource is made; an error names the setting, not its value.

They stand in `infra/stacks/Pulumi.<stack>.yaml` below `payment-fraud:stack`; docs/deployment.md explains each.
"""

from dataclasses import dataclass
from math import ceil, floor
from typing import Annotated, Literal, Self

import pulumi
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    Json,
    PositiveFloat,
    PositiveInt,
    Secret,
    SecretStr,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

MOST_TTL_HOURS = 14 * 24
"""Dataproc kills a batch after 14 days at the latest (cloud.google.com/dataproc-serverless/docs, `ttl`)."""

DRIVER_CORES = 4
"""The fewest that Dataproc gives a driver: 4, 8 or 16."""

_OVERHEAD = 1.4  # Dataproc adds 40 % to the heap of a PySpark batch, for Python
_LEAST_PER_CORE_MB, _MOST_PER_CORE_MB = 1024, 7424
"""Heap and overhead together, by core, in the standard compute tier (cloud.google.com/dataproc-serverless/docs,
Spark properties, Resource allocation): a batch outside is refused when it is created."""

DiskGb = Annotated[int, Field(ge=250, le=10_000)]
"""Dataproc takes no less than 250 GiB."""

ProjectId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]+-[a-z]+\d+$")]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Member = Annotated[str, StringConstraints(pattern=r"^(serviceAccount|group|user|principal):[^\s]+$")]
Cidr = Annotated[str, StringConstraints(pattern=r"^(\d{1,3}\.){3}\d{1,3}/\d{1,2}$")]
Source = Annotated[str, StringConstraints(pattern=r"^(\d{1,3}\.){3}\d{1,3}/(1[6-9]|2\d|3[0-2])$")]  # at most a /16
Key = Annotated[str, StringConstraints(pattern=r"^([12]:)?[0-9a-f]{64,}$")]  # the scheme of its hashes before it
Domain = Annotated[str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")]
BillingAccount = Annotated[str, StringConstraints(pattern=r"^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$")]
KeyVersion = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,8}$")]
ChannelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
WebhookSecret = Annotated[str, StringConstraints(pattern=r"^whsec_[^\s]+( whsec_[^\s]+)?$")]


class Group(BaseModel):
    """Settings that belong together; a name that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, strict=True)


class Kafka(Group):
    """Confluent Cloud."""

    cluster: Literal["basic", "standard", "enterprise"]
    availability: Literal["SINGLE_ZONE", "MULTI_ZONE"]
    partitions: Annotated[int, Field(ge=1, le=2048)]
    retention_hours: Annotated[int, Field(ge=2, le=168)]
    allowed_addresses: tuple[Source, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Tell whether it cannot be reached from everywhere."""
        return self.cluster == "enterprise" or bool(self.allowed_addresses)


class Redis(Group):
    """Memorystore."""

    tier: Literal["BASIC", "STANDARD_HA"]
    memory_gb: Annotated[int, Field(ge=1, le=300)]


class Warehouse(Group):
    """BigQuery."""

    location: Annotated[str, StringConstraints(pattern=r"^(EU|US|[a-z]+-[a-z]+\d+)$")]
    partition_expiry_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class Stream(Group):
    """The Spark batch on Dataproc Serverless; the bounds of its size are Dataproc's."""

    runtime_version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$")]
    ttl_hours: Annotated[int, Field(ge=2, le=MOST_TTL_HOURS)]
    hand_over_minutes: Annotated[int, Field(ge=10, le=60)] = 30
    executors: Annotated[int, Field(ge=2, le=2000)]
    executor_cores: Literal[4, 8, 16]
    driver_memory_mb: Annotated[
        int,
        Field(
            ge=ceil(DRIVER_CORES * _LEAST_PER_CORE_MB / _OVERHEAD),
            le=floor(DRIVER_CORES * _MOST_PER_CORE_MB / _OVERHEAD),
        ),
    ] = 9600
    driver_disk_gb: DiskGb = 250
    executor_disk_gb: DiskGb = 250
    shuffle_partitions: Annotated[int, Field(ge=2, le=2048)]
    max_offsets_per_trigger: PositiveInt
    pii_key_version: KeyVersion | None = None
    unionpay_without_check_digit: bool = False
    failures_before_hold: Annotated[int, Field(ge=2, le=20)] = 5
    failure_window_minutes: Annotated[int, Field(ge=10, le=1440)] = 60


class Functions(Group):
    """Cloud Run functions; who may call what beside the platform itself."""

    warm_instances: Annotated[int, Field(ge=0, le=100)]
    max_instances: Annotated[int, Field(ge=1, le=1000)]
    callers: dict[str, tuple[Member, ...]] = {}
    privacy_officers: tuple[Email, ...] = ()
    page_domain: Domain | None = None
    two_person_rule: bool = False


class Alerting(Group):
    """When a person is told; the defaults are the thresholds of the product's specification."""

    emails: tuple[Email, ...] = ()
    billing_account: BillingAccount | None = None
    monthly_budget: PositiveInt | None = None
    lag_minutes: PositiveFloat = 5
    redis_share: Annotated[float, Field(gt=0, lt=1)] = 0.8
    state_bytes: PositiveInt
    velocity_alerts_per_minute: PositiveFloat = 100
    false_positive_rate: Annotated[float, Field(gt=0, lt=1)] = 0.10
    response_seconds: PositiveFloat = 30
    checkpoint_minutes: PositiveFloat = 5
    duplicate_rate: Annotated[float, Field(gt=0, lt=1)] = 0.05
    batch_restarts_per_hour: PositiveFloat = 3
    passed_over_rate: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Share of late payments, and of rejected ones."""
    least_traffic: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Share of the hour before below which traffic is gone, where that hour had more than `usual_traffic` payments."""
    usual_traffic: PositiveFloat = 600
    usual_alerts: PositiveFloat = 48
    """In a day, of which an hour without any says something."""
    standing_seconds: PositiveFloat = 300
    dead_letter_hours: PositiveFloat = 24

    @model_validator(mode="after")
    def _has_a_whole_budget(self) -> Self:
        if (self.billing_account is None) != (self.monthly_budget is None):
            raise ValueError("billing_account and monthly_budget are set together or not at all")
        return self


class StackSettings(Group):
    """Everything that may differ between two deployments."""

    environment: Literal["dev", "staging", "prod"]
    project: ProjectId
    region: Region
    subnet: Cidr = "10.10.0.0/20"
    deletion_protection: bool
    rights_in_force_after_s: Annotated[int, Field(ge=0, le=900)] = 120
    kafka: Kafka
    redis: Redis
    warehouse: Warehouse
    stream: Stream
    functions: Functions
    alerting: Alerting

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = [
            *(["stream.shuffle_partitions exceeds kafka.partitions (decision 0008)"] if self._has_idle_sinks else []),
            *(self._prod_problems() if self.environment == "prod" else []),
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def _has_idle_sinks(self) -> bool:
        return self.stream.shuffle_partitions > self.kafka.partitions

    def _prod_problems(self) -> list[str]:
        rules = {
            "deletion_protection must be true in prod": self.deletion_protection,
            "kafka.availability must be MULTI_ZONE in prod": self.kafka.availability == "MULTI_ZONE",
            "kafka.cluster must be enterprise, or kafka.allowed_addresses name who reaches it, in prod": (
                self.kafka.is_closed
            ),
            "redis.tier must be STANDARD_HA in prod": self.redis.tier == "STANDARD_HA",
            "functions.warm_instances must be at least 1 in prod": self.functions.warm_instances >= 1,
            "stream.pii_key_version must be set in prod: a new key is added first, and masks once it is known": (
                self.stream.pii_key_version is not None
            ),
            "functions.page_domain must be set in prod: people come through Identity-Aware Proxy": (
                self.functions.page_domain is not None
            ),
            "functions.two_person_rule must be true in prod": self.functions.two_person_rule,
            "functions.privacy_officers must name two people or nobody in prod: one alone can do nothing": (
                len(set(self.functions.privacy_officers)) != 1
            ),
            "alerting.emails must name somebody in prod": bool(self.alerting.emails),
            "alerting.monthly_budget must be set in prod, with alerting.billing_account": (
                self.alerting.monthly_budget is not None
            ),
        }
        return [problem for problem, is_met in rules.items() if not is_met]


class Channel(Group):
    """Whom alert_fanout tells; the address may carry its own permission."""

    name: ChannelName
    kind: Literal["webhook", "slack"]
    url: Secret[HttpUrl]

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        if self.url.get_secret_value().scheme != "https":
            raise ValueError("url must be https")
        return self


class Secrets(Group):
    """What the stack's configuration holds encrypted (`pulumi config set --secret`)."""

    pii_hmac_keys: Json[dict[KeyVersion, Key]]
    alert_channels: Json[tuple[Channel, ...]]
    alert_channel_secrets: Json[dict[ChannelName, WebhookSecret]]

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        names = [channel.name for channel in self.alert_channels]
        webhooks = {channel.name for channel in self.alert_channels if channel.kind == "webhook"}
        rules = {
            "pii_hmac_keys holds no key": bool(self.pii_hmac_keys),
            "alert_channels holds a name twice": len(set(names)) == len(names),
            "alert_channel_secrets must hold a secret for each webhook of alert_channels and no other": (
                webhooks == set(self.alert_channel_secrets)
            ),
        }
        problems = [problem for problem, is_met in rules.items() if not is_met]
        if problems:
            raise ValueError("; ".join(problems))
        return self


@dataclass(frozen=True)
class Documents:
    """The encrypted settings as they go to Secret Manager, checked; and the names of the channels among them."""

    pii_hmac_keys: SecretStr
    alert_channels: SecretStr
    alert_channel_secrets: SecretStr
    channels: tuple[str, ...]


def load() -> tuple[StackSettings, Documents]:
    """Return the settings of the selected stack, and what it holds encrypted.

    Raises pulumi.RunError with one line a bad setting.
    """
    config = pulumi.Config()
    texts = {
        "pii_hmac_keys": config.get("pii_hmac_keys"),
        "alert_channels": config.get("alert_channels") or "[]",
        "alert_channel_secrets": config.get("alert_channel_secrets") or "{}",
    }
    try:
        settings = TypeAdapter(Json[StackSettings]).validate_python(config.get("stack") or "{}")
        secrets = Secrets.model_validate(texts)
    except ValidationError as error:
        raise pulumi.RunError(problems(error)) from None
    if settings.environment != pulumi.get_stack():
        raise pulumi.RunError(f"stack.environment: is not that of the selected stack {pulumi.get_stack()}")
    wanted = settings.stream.pii_key_version
    if wanted is not None and wanted not in secrets.pii_hmac_keys:
        raise pulumi.RunError("stream.pii_key_version: is not among the versions of pii_hmac_keys")
    documents = {name: SecretStr(str(text)) for name, text in texts.items()}
    return settings, Documents(**documents, channels=tuple(channel.name for channel in secrets.alert_channels))


def problems(error: ValidationError) -> str:
    """Return one line a bad setting: its path and what is wrong, never its value."""
    return "\n".join(
        f"{'.'.join(map(str, detail['loc'])) or 'stack'}: {detail['msg']}"
        for detail in error.errors(include_input=False, include_url=False)
    )
