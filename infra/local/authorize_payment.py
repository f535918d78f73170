"""authorize_payment: what a payment gateway asks before it charges."""

from infra.local import hmac_keys
from infra.local.function import Function
from infra.local.process import Launcher


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
        """Return where the keys are."""
        return {"PII_HMAC_KEYS_FILE": str(self.workspace.hmac_keys_file)}
