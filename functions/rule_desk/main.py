"""rule_desk: the fraud team's HTTP API over rules, detections, lists, labels and models."""

import functions_framework
from flask import Request, Response

from fraud.rights import RIGHTS
from fraud_service.detections.acts import detection_acts
from fraud_service.detections.desk import DetectionDesk
from fraud_service.http.caller import CallerSettings
from fraud_service.http.router import Router
from fraud_service.lists.acts import ListActs
from fraud_service.lists.desk import ListDesk
from fraud_service.logs import configure_logging
from fraud_service.models.labels import LabelActs, LabelDesk
from fraud_service.models.modes import ModelActs, ModelDesk, ModelSettings
from fraud_service.rules.acts import rule_acts
from fraud_service.rules.desk import RuleDesk
from fraud_service.settings import ProjectSettings, RedisSettings, required
from fraud_service.stores.warehouse import WarehouseSettings, warehouse

required(ProjectSettings, RedisSettings, CallerSettings, WarehouseSettings, ModelSettings)
configure_logging()
_desks = (
    RuleDesk(rule_acts),
    DetectionDesk(detection_acts, warehouse),
    ListDesk(ListActs),
    LabelDesk(LabelActs),
    ModelDesk(ModelActs),
)


def _check_ready() -> None:
    for desk in _desks:
        desk.check_ready()


_routes = {route: endpoint for desk in _desks for route, endpoint in desk.routes.items()}
_router = Router(RIGHTS["rule_desk"], _routes, _check_ready)


@functions_framework.http
def rule_desk(request: Request) -> Response:
    """Answer a request of the fraud team."""
    return _router(request)
