"""manual_review: the fraud team's HTTP API over the review queue and the cards that rules have acted on."""

import functions_framework
from flask import Request, Response

from fraud.rights import RIGHTS
from fraud_service.alerts.acts import CampaignActs
from fraud_service.alerts.desk import CampaignDesk
from fraud_service.cards.desk import CardDesk
from fraud_service.http.caller import CallerSettings
from fraud_service.http.router import Router
from fraud_service.logs import configure_logging
from fraud_service.reviews.acts import ReviewActs, card_acts
from fraud_service.reviews.desk import ReviewDesk
from fraud_service.settings import ProjectSettings, RedisSettings, required
from fraud_service.stores.cache import cache_client
from fraud_service.stores.retention import RetentionSettings

required(ProjectSettings, RedisSettings, RetentionSettings, CallerSettings)
configure_logging()
_reviews, _cards, _campaigns = ReviewDesk(ReviewActs), CardDesk(card_acts), CampaignDesk(CampaignActs)


def _check_ready() -> None:
    cache_client().ping()
    _reviews.check_ready()


_router = Router(RIGHTS["manual_review"], {**_reviews.routes, **_cards.routes, **_campaigns.routes}, _check_ready)


@functions_framework.http
def manual_review(request: Request) -> Response:
    """Answer a request of the fraud team."""
    return _router(request)
