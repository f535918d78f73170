"""fraud_dashboard: the live page of the fraud team."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from fraud_page.http.person import DoorSettings
from fraud_page.page import PageResponse
from fraud_page.settings import PageSettings
from fraud_service.http.caller import CallerSettings
from fraud_service.logs import configure_logging
from fraud_service.settings import ProjectSettings, RedisSettings, required
from fraud_service.stores.raw_topic import RawTopicSettings
from fraud_service.stores.retention import RetentionSettings
from fraud_service.stores.warehouse import WarehouseSettings

required(
    ProjectSettings,
    RedisSettings,
    PageSettings,
    RetentionSettings,
    WarehouseSettings,
    RawTopicSettings,
    CallerSettings,
    DoorSettings,
)
configure_logging()


@functions_framework.aio.http
async def fraud_dashboard(_request: Request) -> Response:
    """Let the page answer."""
    return PageResponse()
