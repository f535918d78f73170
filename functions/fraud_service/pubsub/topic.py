"""The publisher of a process."""

from functools import cache

from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import BatchSettings, PublisherOptions


@cache
def publisher() -> PublisherClient:
    """Return the Pub/Sub publisher; messages with an ordering key keep their order."""
    return PublisherClient(
        batch_settings=BatchSettings(max_latency=0.005),
        publisher_options=PublisherOptions(enable_message_ordering=True),
    )
