"""What every program of a deployment stands on: network, stores, topics, buckets, secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi

from infra.components.bigquery import BigQuery, BigQueryArgs
from infra.components.bucket import Bucket, BucketArgs
from infra.components.firestore import Firestore, FirestoreArgs
from infra.components.identity import Identity
from infra.components.kafka import Kafka, KafkaArgs
from infra.components.network import Network, NetworkArgs
from infra.components.place import Place
from infra.components.project import Project, ProjectArgs
from infra.components.propagation import Propagation
from infra.components.pubsub import Subscription, SubscriptionArgs, Topic, TopicArgs
from infra.components.redis import Redis, RedisArgs
from infra.components.secret import Secret, SecretArgs
from infra.config import Documents, StackSettings
from infra.services import ALERT_CHANNEL_SECRETS, ALERT_CHANNELS, HMAC_KEYS, OPEN_TOPIC, REDIS_URL, TOPICS, dead_letters


@dataclass(frozen=True)
class Foundation:
    """The resources that programs share."""

    place: Place
    project: Project
    network: Network
    redis: Redis
    kafka: Kafka
    warehouse: BigQuery
    firestore: Firestore
    topics: Mapping[str, Topic]
    archives: Bucket
    checkpoints: Bucket
    staging: Bucket

    @property
    def publishable(self) -> dict[str, pulumi.Output[str]]:
        """The id of every topic by its name, dead-letter topics included."""
        plain = {name: topic.topic.id for name, topic in self.topics.items()}
        return plain | {dead_letters(name): topic.dead_letters.id for name, topic in self.topics.items()}

    @property
    def stores(self) -> tuple[pulumi.Resource, ...]:
        """What a program finds missing if it is called too early; rights on topics of Kafka included."""
        return (self.redis, self.kafka, self.warehouse, self.firestore, *self.topics.values())

    @property
    def checkpoint(self) -> pulumi.Output[str]:
        """The streaming job's checkpoint, which outlives every batch."""
        return pulumi.Output.format("gs://{0}/detect_fraud", self.checkpoints.name)


def lay(settings: StackSettings) -> Foundation:
    """Declare what programs share."""
    bare = Place(settings.project, settings.region, settings.environment, settings.deletion_protection)
    project = Project("project", ProjectArgs(bare))
    place = replace(bare, after=(project,), propagation=Propagation(settings.rights_in_force_after_s))
    network = Network("network", NetworkArgs(place, settings.subnet))
    peered = pulumi.ResourceOptions(depends_on=[network.peering])
    topics = {name: Topic(name, TopicArgs(place, project.pubsub_agent)) for name in TOPICS}
    Subscription(f"{OPEN_TOPIC}-pull", SubscriptionArgs(place, topics[OPEN_TOPIC], project.pubsub_agent))
    return Foundation(
        place,
        project,
        network,
        Redis("redis", RedisArgs(place, network.network.id, **settings.redis.model_dump()), peered),
        Kafka("kafka", KafkaArgs(place, network=network, **settings.kafka.model_dump())),
        BigQuery("bigquery", BigQueryArgs(place, **settings.warehouse.model_dump())),
        Firestore("firestore", FirestoreArgs(place)),
        topics,
        Bucket("archives", BucketArgs(place, "archives", keeps_deleted=True)),
        Bucket("checkpoints", BucketArgs(place, "checkpoints")),
        Bucket("staging", BucketArgs(place, "staging")),
    )


def keep_secrets(
    base: Foundation, documents: Documents, readers: Mapping[str, Mapping[str, Identity]]
) -> dict[str, Secret]:
    """Declare every secret; `readers` are the programs that may read it, by its name."""
    values = {
        HMAC_KEYS: pulumi.Output.secret(documents.pii_hmac_keys.get_secret_value()),
        ALERT_CHANNELS: pulumi.Output.secret(documents.alert_channels.get_secret_value()),
        ALERT_CHANNEL_SECRETS: pulumi.Output.secret(documents.alert_channel_secrets.get_secret_value()),
        REDIS_URL: base.redis.url,
        **{f"kafka-{program}-password": login.password for program, login in base.kafka.logins.items()},
    }
    return {
        name: Secret(
            name,
            SecretArgs(base.place, value, {who: identity.member for who, identity in readers.get(name, {}).items()}),
        )
        for name, value in values.items()
    }
