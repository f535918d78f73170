"""alert_fanout: records every alert once, groups an account's alerts into incidents, tells channels what is news."""

import functions_framework
from flask import Request, Response

from fraud_service.channel import ChannelSettings
from fraud_service.fan_out import check_ready, routes
from fraud_service.logs import configure_logging
from fraud_service.retention import RetentionSettings
from fraud_service.router import Router
from fraud_service.settings import ProjectSettings, required

required(ProjectSettings, ChannelSettings, RetentionSettings)
configure_logging()
_router = Router(routes(), check_ready)


@functions_framework.http
def alert_fanout(request: Request) -> Response:
    """Take a push of Pub/Sub."""
    return _router(request)
