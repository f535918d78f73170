"""stream_supervisor: called each minute, it keeps exactly one batch of the streaming job alive."""

import functions_framework
from flask import Request, Response

from fraud.rights import RIGHTS
from fraud_service.clock import now
from fraud_service.http.caller import CallerSettings
from fraud_service.http.router import Router
from fraud_service.logs import configure_logging
from fraud_service.settings import ProjectSettings, required
from fraud_service.supervision.supervisor import Supervisor, SupervisorSettings

required(ProjectSettings, SupervisorSettings, CallerSettings)
configure_logging()
_supervisor = Supervisor(SupervisorSettings(), now)
_router = Router(RIGHTS["stream_supervisor"], _supervisor.routes, _supervisor.check_ready)


@functions_framework.http
def stream_supervisor(request: Request) -> Response:
    """Answer Cloud Scheduler."""
    return _router(request)
