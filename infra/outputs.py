"""What a deployment tells those who use it: `pulumi stack output`. No secret is among it, their names are."""

from collections.abc import Mapping

import pulumi

from infra.components.front_door import FrontDoor
from infra.components.functions import Function
from infra.components.kafka import DEAD_LETTERS, PAYMENTS
from infra.components.secret import Secret
from infra.foundation import Foundation
from infra.services import DASHBOARD

PRODUCER_SECRET = "kafka-producer-password"  # noqa: S105  a secret's name


def outputs(
    base: Foundation, secrets: Mapping[str, Secret], served: Mapping[str, Function], door: FrontDoor | None
) -> dict[str, object]:
    """Return every output by its name; `client_config` reads those in its own `WANTED`."""
    return {
        "kafka_bootstrap_servers": base.kafka.bootstrap_servers,
        "kafka_producer_username": base.kafka.logins["producer"].username,
        "kafka_producer_secret": secrets[PRODUCER_SECRET].version.name,
        "payment_topic": PAYMENTS,
        "dead_letter_topic": DEAD_LETTERS,
        "topics": sorted(base.topics),
        "dataset": pulumi.Output.concat(base.place.project, ".", base.warehouse.dataset.dataset_id),
        "urls": {name: function.url for name, function in served.items()},
        "page": f"https://{door.domain}" if door else served[DASHBOARD].url,
        "page_address": door.address.address if door else None,
        "outgoing_address": base.network.egress_address,
    }
