"""Confluent Cloud: cluster, topics, and a service account with a key and rights of its own for each program."""

from dataclasses import dataclass

import pulumi
import pulumi_confluentcloud as confluent

from infra.components.component import Component
from infra.components.network import Network
from infra.components.place import Place
from infra.components.private_link import PrivateLink, PrivateLinkArgs

PAYMENTS = "payment-events"
DEAD_LETTERS = "payment-events-dead-letter"
DEAD_LETTER_OWNER = "detect-fraud-dead-letter"
"""Prefix of the transactional ids and consumer groups with which the job copies rejected bytes."""

_HOUR_MS = 3_600_000
SEGMENT_HOURS = 4
"""Confluent Cloud's least; a closed segment is deleted, so card data may stay this long beyond its retention."""


@dataclass(frozen=True)
class KafkaArgs:
    """`retention_hours` is how long raw card data is kept, and the longest outage of the job that loses nothing.

    An `enterprise` cluster is reached from `network` only; the others from `allowed_addresses` and from the network's
    own outgoing address, or from everywhere where none is named.
    """

    place: Place
    cluster: str
    availability: str
    partitions: int
    retention_hours: int
    allowed_addresses: tuple[str, ...]
    network: Network

    @property
    def is_private(self) -> bool:
        """Tell whether the cluster has no public address."""
        return self.cluster == "enterprise"


@dataclass(frozen=True)
class Right:
    """What an account may do with one resource; `prefixed` means every name that begins so."""

    operation: str
    resource_type: str
    resource: str
    prefixed: bool = False


_ENTERPRISE = {"SINGLE_ZONE": "LOW", "MULTI_ZONE": "HIGH"}
"""What an enterprise cluster's availabilities are called."""

RIGHTS = {
    "stream": (
        Right("READ", "TOPIC", PAYMENTS),
        Right("DESCRIBE", "TOPIC", PAYMENTS),
        Right("WRITE", "TOPIC", DEAD_LETTERS),
        Right("DESCRIBE", "TOPIC", DEAD_LETTERS),
        Right("READ", "GROUP", "spark-kafka-source", prefixed=True),
        Right("READ", "GROUP", DEAD_LETTER_OWNER, prefixed=True),
        Right("WRITE", "TRANSACTIONAL_ID", DEAD_LETTER_OWNER, prefixed=True),
        Right("DESCRIBE", "TRANSACTIONAL_ID", DEAD_LETTER_OWNER, prefixed=True),
    ),
    "erasure": (Right("DESCRIBE", "TOPIC", PAYMENTS),),
    "producer": (Right("WRITE", "TOPIC", PAYMENTS), Right("DESCRIBE", "TOPIC", PAYMENTS)),
}
"""Who may do what: only the stream reads raw payments, only payment producers write them,
and an erasure asks how far they reach."""


@dataclass(frozen=True)
class Login:
    """A program's key to the cluster."""

    username: pulumi.Output[str]
    password: pulumi.Output[str]


class Kafka(Component):
    """The cluster with the topics of the contract."""

    def __init__(self, name: str, args: KafkaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Kafka", name, args.place, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        self._kept = pulumi.ResourceOptions(parent=self, protect=args.place.protected)
        self._environment = confluent.Environment(
            name,
            display_name=f"payment-fraud-{args.place.environment}",
            stream_governance=confluent.EnvironmentStreamGovernanceArgs(package="ESSENTIALS"),
            opts=self._kept,
        )
        door = self._door()
        self.cluster = self._cluster()
        self.bootstrap_servers = self.cluster.bootstrap_endpoint.apply(lambda endpoint: endpoint.split("://")[-1])
        self._admin = self._administrator(door)
        topics = [self._topic(topic, settings) for topic, settings in topic_settings(args.retention_hours).items()]
        self.logins = {program: self._login(program, rights, topics) for program, rights in RIGHTS.items()}
        self.register_outputs({"bootstrap_servers": self.bootstrap_servers})

    def _door(self) -> list[pulumi.Resource]:
        """Declare from where the cluster is reached; nothing is done inside it before that."""
        if self._args.is_private:
            link = PrivateLinkArgs(self._args.place, self._args.network, self._environment.id)
            return [PrivateLink(f"{self._name}-link", link, self._child)]
        return [self._filter()] if self._args.allowed_addresses else []

    def _filter(self) -> confluent.IpFilter:
        own = self._args.network.egress_address.apply("{}/32".format)
        group = confluent.IpGroup(
            self._name,
            group_name=f"payment-fraud-{self._args.place.environment}",
            cidr_blocks=[own, *self._args.allowed_addresses],
            opts=self._child,
        )
        return confluent.IpFilter(
            self._name,
            filter_name=f"payment-fraud-{self._args.place.environment}",
            ip_groups=[group.id],
            resource_group="multiple",
            operation_groups=["KAFKA_DATA", "KAFKA_DISCOVERY", "KAFKA_MANAGEMENT"],
            resource_scope=self._environment.resource_name,
            opts=self._child,
        )

    def _cluster(self) -> confluent.KafkaCluster:
        kind, availability = self._args.cluster, self._args.availability
        return confluent.KafkaCluster(
            self._name,
            display_name=f"payment-fraud-{self._args.place.environment}",
            cloud="GCP",
            region=self._args.place.region,
            availability=_ENTERPRISE[availability] if self._args.is_private else availability,
            environment=confluent.KafkaClusterEnvironmentArgs(id=self._environment.id),
            basic=confluent.KafkaClusterBasicArgs() if kind == "basic" else None,
            standard=confluent.KafkaClusterStandardArgs() if kind == "standard" else None,
            enterprises=[confluent.KafkaClusterEnterpriseArgs()] if self._args.is_private else None,
            deletion_protection=self._args.place.protected,
            opts=self._kept,
        )

    def _administrator(self, door: list[pulumi.Resource]) -> confluent.ApiKey:
        account = self._account("admin", "creates topics and rights")
        binding = confluent.RoleBinding(
            f"{self._name}-admin",
            principal=pulumi.Output.concat("User:", account.id),
            role_name="CloudClusterAdmin",
            crn_pattern=self.cluster.rbac_crn,
            opts=self._child,
        )
        return self._key("admin", account, [binding, *door])

    def _account(self, program: str, purpose: str) -> confluent.ServiceAccount:
        return confluent.ServiceAccount(
            f"{self._name}-{program}",
            display_name=f"payment-fraud-{self._args.place.environment}-{program}",
            description=purpose,
            opts=self._child,
        )

    def _key(self, program: str, account: confluent.ServiceAccount, after: list[pulumi.Resource]) -> confluent.ApiKey:
        return confluent.ApiKey(
            f"{self._name}-{program}",
            display_name=f"payment-fraud-{self._args.place.environment}-{program}",
            owner=confluent.ApiKeyOwnerArgs(id=account.id, api_version=account.api_version, kind=account.kind),
            managed_resource=confluent.ApiKeyManagedResourceArgs(
                id=self.cluster.id,
                api_version=self.cluster.api_version,
                kind=self.cluster.kind,
                environment=confluent.ApiKeyManagedResourceEnvironmentArgs(id=self._environment.id),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )

    def _topic(self, topic: str, settings: dict[str, str]) -> confluent.KafkaTopic:
        return confluent.KafkaTopic(
            f"{self._name}-{topic}",
            topic_name=topic,
            partitions_count=self._args.partitions,
            config=settings,
            kafka_cluster=confluent.KafkaTopicKafkaClusterArgs(id=self.cluster.id),
            rest_endpoint=self.cluster.rest_endpoint,
            credentials=confluent.KafkaTopicCredentialsArgs(key=self._admin.id, secret=self._admin.secret),
            opts=self._kept,
        )

    def _login(self, program: str, rights: tuple[Right, ...], topics: list[confluent.KafkaTopic]) -> Login:
        account = self._account(program, f"the {program} of payments")
        for number, right in enumerate(rights):
            self._grant(f"{self._name}-{program}-{number}", account, right, topics)
        key = self._key(program, account, [])
        return Login(key.id, pulumi.Output.secret(key.secret))

    def _grant(
        self, name: str, account: confluent.ServiceAccount, right: Right, topics: list[confluent.KafkaTopic]
    ) -> None:
        confluent.KafkaAcl(
            name,
            principal=pulumi.Output.concat("User:", account.id),
            host="*",
            operation=right.operation,
            permission="ALLOW",
            resource_type=right.resource_type,
            resource_name_=right.resource,
            pattern_type="PREFIXED" if right.prefixed else "LITERAL",
            kafka_cluster=confluent.KafkaAclKafkaClusterArgs(id=self.cluster.id),
            rest_endpoint=self.cluster.rest_endpoint,
            credentials=confluent.KafkaAclCredentialsArgs(key=self._admin.id, secret=self._admin.secret),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(topics)),
        )


def topic_settings(retention_hours: int) -> dict[str, dict[str, str]]:
    """Return the settings of each topic of the contract."""
    card_data = {
        "cleanup.policy": "delete",
        "retention.ms": str(retention_hours * _HOUR_MS),
        "segment.ms": str(SEGMENT_HOURS * _HOUR_MS),
    }
    return {
        PAYMENTS: {"message.timestamp.type": "LogAppendTime", "max.message.bytes": "6291456", **card_data},
        DEAD_LETTERS: {"max.message.bytes": "8388608", **card_data},  # a rejected record whole, with headers added
    }
