"""authorize_payment: a payment gateway asks whether it may charge, and is answered within milliseconds."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from fraud.rights import RIGHTS
from fraud_service.authorization.api import ROUTES, check_ready
from fraud_service.authorization.clients import CardSettings, PatienceSettings
from fraud_service.http.asgi import AsyncRouter
from fraud_service.http.caller import CallerSettings
from fraud_service.keys import require_keys
from fraud_service.logs import configure_logging
from fraud_service.settings import ProjectSettings, RedisSettings, required

required(ProjectSettings, RedisSettings, PatienceSettings, CallerSettings, CardSettings)
require_keys()
configure_logging()
_router = AsyncRouter(RIGHTS["authorize_payment"], ROUTES, check_ready)


@functions_framework.aio.http
async def authorize_payment(request: Request) -> Response:
    """Answer a gateway."""
    return await _router(request)
