"""rule_desk: the fraud team's HTTP API over the rules."""

import functions_framework
from flask import Request, Response

from fraud.rights import RIGHTS
from fraud_service.http.caller import CallerSettings
from fraud_service.http.router import Router
from fraud_service.logs import configure_logging
from fraud_service.rules.desk import ROUTES, check_ready
from fraud_service.settings import ProjectSettings, required

required(ProjectSettings, CallerSettings)
configure_logging()
_router = Router(RIGHTS["rule_desk"], ROUTES, check_ready)


@functions_framework.http
def rule_desk(request: Request) -> Response:
    """Answer a request of the fraud team."""
    return _router(request)
