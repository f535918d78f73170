from uuid import uuid4

from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from fraud.alerts.alert import decode_alert
from fraud_stream.sinks.alert_topic import AlertTopic
from infra.local.servers.pubsub import PubSub
from tests.builders import make_alert


def test_alerts_arrive_in_order_with_their_attributes(pubsub: PubSub, stack_environment: dict[str, str]) -> None:
    project, name = stack_environment["GOOGLE_CLOUD_PROJECT"], f"alerts-{uuid4().hex[:8]}"
    alerts = [make_alert(transaction_id=f"TXN_{number}") for number in range(5)]
    with PublisherClient() as publisher, SubscriberClient() as subscriber:
        topic = publisher.create_topic(name=publisher.topic_path(project, name)).name
        path = subscriber.subscription_path(project, name)
        subscriber.create_subscription(request={"name": path, "topic": topic, "enable_message_ordering": True})

        AlertTopic(project, name).publish(alerts)

        messages = [
            received.message for received in subscriber.pull(subscription=path, max_messages=10).received_messages
        ]
    assert [decode_alert(message.data) for message in messages] == alerts
    assert {message.ordering_key for message in messages} == {"ACC_000100"}
    assert dict(messages[0].attributes) == {"severity": "HIGH", "type": "VELOCITY"}
