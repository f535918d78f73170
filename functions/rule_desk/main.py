"""rule_desk: the fraud team's HTTP API over the rules."""

import functions_framework
from flask import Request, Response

from fraud.rights import RIGHTS
from fraud_service.http.caller import CallerSettings
from fraud_service.http.router import Router
from fraud_service.logs import configure_logging
from fraud_service.rules.acts import RuleActs
from fraud_service.rules.desk import RuleDesk
from fraud_service.settings import ProjectSettings, required

required(ProjectSettings, CallerSettings)
configure_logging()
_desk = RuleDesk(RuleActs)
_router = Router(RIGHTS["rule_desk"], _desk.routes, _desk.check_ready)


@functions_framework.http
def rule_desk(request: Request) -> Response:
    """Answer a request of the fraud team."""
    return _router(request)
