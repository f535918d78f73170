"""alert_fanout: records every alert once, groups an account's alerts into incidents, tells channels what is news."""

import functions_framework
from flask import Request, Response

from fraud.rights import RIGHTS
from fraud_service.alerts.push import ROUTES, check_ready
from fraud_service.channels.push import routes
from fraud_service.channels.settings import ChannelSettings
from fraud_service.http.caller import CallerSettings
from fraud_service.http.router import Router
from fraud_service.logs import configure_logging
from fraud_service.settings import ProjectSettings, required
from fraud_service.stores.retention import RetentionSettings

required(ProjectSettings, ChannelSettings, RetentionSettings, CallerSettings)
configure_logging()
_router = Router(RIGHTS["alert_fanout"], {**ROUTES, **routes()}, check_ready)


@functions_framework.http
def alert_fanout(request: Request) -> Response:
    """Take a push of Pub/Sub."""
    return _router(request)
