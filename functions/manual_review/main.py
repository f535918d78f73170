"""manual_review: the fraud team's HTTP API over the review queue and the cards that rules have acted on."""

import functions_framework
from flask import Request, Response

from fraud.rights import RIGHTS
from fraud_service.cards import desk as cards
from fraud_service.http.caller import CallerSettings
from fraud_service.http.router import Router
from fraud_service.logs import configure_logging
from fraud_service.reviews.desk import ROUTES, check_ready
from fraud_service.settings import ProjectSettings, RedisSettings, required
from fraud_service.stores.retention import RetentionSettings

required(ProjectSettings, RedisSettings, RetentionSettings, CallerSettings)
configure_logging()
_router = Router(RIGHTS["manual_review"], {**ROUTES, **cards.ROUTES}, check_ready)


@functions_framework.http
def manual_review(request: Request) -> Response:
    """Answer a request of the fraud team."""
    return _router(request)
