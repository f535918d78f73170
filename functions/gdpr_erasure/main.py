"""gdpr_erasure: erases a data subject from every store, with a receipt, and reports what is held on one."""

import functions_framework
from flask import Request, Response

from fraud.rights import RIGHTS
from fraud_service.clock import now
from fraud_service.erasure.desk import ErasureDesk, ErasureSettings
from fraud_service.http.caller import CallerSettings
from fraud_service.http.router import Router
from fraud_service.keys import require_keys
from fraud_service.logs import configure_logging
from fraud_service.settings import ProjectSettings, RedisSettings, required
from fraud_service.stores.raw_topic import RawTopicSettings
from fraud_service.stores.warehouse import WarehouseSettings
from fraud_service.subjects.asking import AskingSettings
from fraud_service.subjects.desk import ReportDesk

required(
    ProjectSettings, RedisSettings, WarehouseSettings, RawTopicSettings, ErasureSettings, AskingSettings, CallerSettings
)
require_keys()
configure_logging()
_desk = ErasureDesk(ErasureSettings(), AskingSettings(), now)
_reports = ReportDesk(AskingSettings(), _desk.stores, now)
_router = Router(RIGHTS["gdpr_erasure"], {**_desk.routes, **_reports.routes}, _desk.check_ready)


@functions_framework.http
def gdpr_erasure(request: Request) -> Response:
    """Answer a request, and see that this process works on what has been accepted."""
    _desk.loop.ensure_started()
    return _router(request)
