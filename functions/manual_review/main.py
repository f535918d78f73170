"""manual_review: the fraud team's HTTP API over the review queue and the cards that rules have acted on."""

import functions_framework
from flask import Request, Response

from fraud_service.logs import configure_logging
from fraud_service.retention import RetentionSettings
from fraud_service.review_desk import ROUTES, check_ready
from fraud_service.router import Router
from fraud_service.settings import ProjectSettings, RedisSettings, required

required(ProjectSettings, RedisSettings, RetentionSettings)
configure_logging()
_router = Router(ROUTES, check_ready)


@functions_framework.http
def manual_review(request: Request) -> Response:
    """Answer a request of the fraud team."""
    return _router(request)
