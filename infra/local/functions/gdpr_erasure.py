"""gdpr_erasure: erasure of a data subject, by HTTP and by its own worker."""

from collections.abc import Mapping
from typing import ClassVar

from infra.local import hmac_keys
from infra.local.functions.function import Function
from infra.local.machine.process import Command, Launcher
from infra.local.servers.bigquery import DATASET

_LEASE_S = 5
_SEGMENT_HOURS = 1


class GdprErasure(Function):
    """Needs Kafka too: an erasure reaches up to the raw topic's ends."""

    name = "gdpr_erasure"
    address = "ERASURE_URL"
    needs: ClassVar[tuple[str, ...]] = ("kafka", "redis", "pubsub", "firestore", "bigquery")

    def prepare(self, launcher: Launcher) -> None:
        """Make the keys on the first start."""
        del launcher
        hmac_keys.provide(self.workspace.hmac_keys_file)

    def command(self, environment: Mapping[str, str]) -> Command:
        """Return the function; a lease that soon lets the successor of a killed worker go on."""
        own = {
            "BIGQUERY_DATASET": DATASET,
            "RAW_RETENTION_HOURS": str(self.settings.payment_events_retention_hours + _SEGMENT_HOURS),
            "ERASURE_LEASE_SECONDS": str(_LEASE_S),
            "CHECKPOINT_LOCATION": str(self.workspace.checkpoint),
        }
        return super().command({**environment, **own})

    def secrets(self) -> dict[str, str]:
        """Return where the keys are."""
        return {"PII_HMAC_KEYS_FILE": str(self.workspace.hmac_keys_file)}
