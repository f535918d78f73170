"""fraud_dashboard: the live page."""

from infra.local.function import Function
from infra.local.settings import Settings
from infra.local.workspace import Workspace


class FraudDashboard(Function):
    """Looked at by people: at a port they can remember, or at the next free one."""

    name = "fraud_dashboard"
    address = "DASHBOARD_URL"
    asgi = True

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        super().__init__(workspace, settings)
        self.port = workspace.ports.port_from(self.name, settings.dashboard_port)
