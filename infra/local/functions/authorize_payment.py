"""authorize_payment: what a payment gateway asks before it charges."""

from infra.local import hmac_keys
from infra.local.functions.function import Function
from infra.local.machine.process import Launcher


class AuthorizePayment(Function):
    """Called by gateways, not by Pub/Sub; it knows cards by the job's keys."""

    name = "authorize_payment"
    needs = ("redis", "firestore")
    address = "AUTHORIZE_URL"
    asgi = True

    def prepare(self, launcher: Launcher) -> None:
        """Make the keys on the first start."""
        del launcher
        hmac_keys.provide(self.workspace.hmac_keys_file)

    def secrets(self) -> dict[str, str]:
        """Return where the keys are, and patience with stores that share the laptop with everything else."""
        return {
            "PII_HMAC_KEYS_FILE": str(self.workspace.hmac_keys_file),
            "AUTHORIZE_REDIS_TIMEOUT_SECONDS": "1",
            "AUTHORIZE_FIRESTORE_TIMEOUT_SECONDS": "5",
        }
