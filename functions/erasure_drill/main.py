"""erasure_drill: erases a synthetic subject through gdpr_erasure's endpoint, and says whether anything was left."""

import functions_framework
from flask import Request, Response

from fraud.rights import RIGHTS
from fraud_service.erasure.drill import ROUTES, DrillSettings, check_ready
from fraud_service.http.caller import CallerSettings
from fraud_service.http.router import Router
from fraud_service.keys import require_keys
from fraud_service.logs import configure_logging
from fraud_service.settings import ProjectSettings, RedisSettings, required
from fraud_service.stores.warehouse import WarehouseSettings

required(ProjectSettings, RedisSettings, WarehouseSettings, DrillSettings, CallerSettings)
require_keys()
configure_logging()
_router = Router(RIGHTS["erasure_drill"], ROUTES, check_ready)


@functions_framework.http
def erasure_drill(request: Request) -> Response:
    """Answer the clock."""
    return _router(request)
