"""automation_rules: decides by the fraud team's rules what an alert means for its card."""

import functions_framework
from flask import Request, Response

from fraud.rights import RIGHTS
from fraud_service.http.caller import CallerSettings
from fraud_service.http.router import Router
from fraud_service.logs import configure_logging
from fraud_service.rules.push import ROUTES, check_ready
from fraud_service.settings import ProjectSettings, RedisSettings, required
from fraud_service.stores.retention import RetentionSettings

required(ProjectSettings, RedisSettings, RetentionSettings, CallerSettings)
configure_logging()
_router = Router(RIGHTS["automation_rules"], ROUTES, check_ready)


@functions_framework.http
def automation_rules(request: Request) -> Response:
    """Take a push of Pub/Sub."""
    return _router(request)
