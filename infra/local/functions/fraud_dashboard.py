"""fraud_dashboard: the live page."""

from collections.abc import Mapping

from infra.local.functions.function import Function
from infra.local.machine.ports import LOOPBACK
from infra.local.machine.process import Command
from infra.local.machine.workspace import Workspace
from infra.local.servers.bigquery import DATASET
from infra.local.settings import Settings


class FraudDashboard(Function):
    """Looked at by people: at a port they can remember, or at the next free one.

    It does not wait for the stores of single pages: they are where they will be, and such a page says what is missing.
    """

    name = "fraud_dashboard"
    address = "DASHBOARD_URL"
    asgi = True

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        super().__init__(workspace, settings)
        self.port = workspace.ports.port_from(self.name, settings.dashboard_port)

    def command(self, environment: Mapping[str, str]) -> Command:
        """Return the function, told where BigQuery, Kafka and the erasure function stand."""
        own = {
            "BIGQUERY_DATASET": DATASET,
            "BIGQUERY_EMULATOR_HOST": self._place("bigquery"),
            "ERASURE_URL": self._place("gdpr_erasure"),
            "KAFKA_BOOTSTRAP_SERVERS": self._place("kafka").removeprefix("http://"),
        }
        return super().command({**environment, **own})

    def _place(self, listener: str) -> str:
        ports = self.workspace.ports
        return f"http://{LOOPBACK}:{ports.remembered(listener) or ports.port(listener)}"
