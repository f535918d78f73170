"""Who may call what: for each function and the page, the roles that each of its paths is open to.

One table, enforced in one place (`fraud_service.http.admission`) before an endpoint runs; an endpoint that is not in
it does not start.
"""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a caller is; everybody is one thing only. Whoever is let in and is nothing else is a MEMBER."""

    MEMBER = "MEMBER"
    OFFICER = "OFFICER"
    SERVICE = "SERVICE"
    PUBSUB = "PUBSUB"
    CLOCK = "CLOCK"


Roles = frozenset[Role]

ANYBODY: Roles = frozenset(Role)
PEOPLE: Roles = frozenset({Role.MEMBER, Role.OFFICER})
GATEWAYS: Roles = frozenset({Role.MEMBER})
OFFICERS: Roles = frozenset({Role.OFFICER})
PRIVACY: Roles = frozenset({Role.OFFICER, Role.SERVICE})
PUSHES: Roles = frozenset({Role.PUBSUB})
CLOCKS: Roles = frozenset({Role.CLOCK})

PROBES: Mapping[str, Roles] = {"GET /healthz": ANYBODY, "GET /readyz": ANYBODY}
"""Answered without a question about the caller: they tell nothing, and a probe has no identity."""

RIGHTS: Mapping[str, Mapping[str, Roles]] = {
    "alert_fanout": {"POST /": PUSHES, "POST /channels/<name>": PUSHES},
    "authorize_payment": {"POST /authorize": GATEWAYS},
    "automation_rules": {"POST /": PUSHES},
    "erasure_drill": {"POST /": CLOCKS},
    "fraud_dashboard": {
        "GET /": PEOPLE,
        "GET /accounts": PEOPLE,
        "GET /accounts/<path:account>/links": PEOPLE,
        "GET /campaigns": PEOPLE,
        "GET /campaigns/<campaign_id>": PEOPLE,
        "POST /campaigns/<campaign_id>": PEOPLE,
        "GET /detections": PEOPLE,
        "GET /detections/<detection_id>": PEOPLE,
        "POST /detections/<detection_id>": PEOPLE,
        "POST /detections/<detection_id>/mode": PEOPLE,
        "POST /detections/<detection_id>/trial": PEOPLE,
        "GET /fraud-alerts": PEOPLE,
        "GET /fraud-alerts/events": PEOPLE,
        "GET /health-board": PEOPLE,
        "GET /lists": PEOPLE,
        "POST /lists": PEOPLE,
        "GET /lists/entry": PEOPLE,
        "GET /lists/export": PEOPLE,
        "POST /lists/off": PEOPLE,
        "POST /lists/upload": PEOPLE,
        "GET /metrics": PEOPLE,
        "GET /models": PEOPLE,
        "GET /models/suppressed": PEOPLE,
        "POST /models/suppressed": PEOPLE,
        "GET /new-detection": PEOPLE,
        "POST /new-detection": PEOPLE,
        "POST /new-detection/trial": PEOPLE,
        "GET /new-rule": PEOPLE,
        "POST /new-rule": PEOPLE,
        "POST /new-rule/trial": PEOPLE,
        "POST /person": PEOPLE,
        "GET /reviews": PEOPLE,
        "GET /reviews/review": PEOPLE,
        "POST /reviews/review/<act>": PEOPLE,
        "GET /rules": PEOPLE,
        "GET /rules/<rule_id>": PEOPLE,
        "POST /rules/<rule_id>": PEOPLE,
        "POST /rules/<rule_id>/mode": PEOPLE,
        "POST /rules/<rule_id>/trial": PEOPLE,
        "GET /static": PEOPLE,
        "GET /subjects": OFFICERS,
        "POST /subjects/erasures": OFFICERS,
        "GET /subjects/erasures/<request_id>": OFFICERS,
        "POST /subjects/report": OFFICERS,
    },
    "gdpr_erasure": {
        "POST /": PUSHES | CLOCKS,
        "POST /erasure": PRIVACY,
        "GET /erasure/<request_id>": PRIVACY,
        "POST /subject-key": PRIVACY,
        "POST /subject-report": PRIVACY,
    },
    "manual_review": {
        "GET /campaigns": PEOPLE,
        "GET /campaigns/<campaign_id>": PEOPLE,
        "POST /campaigns/<campaign_id>/block": PEOPLE,
        "POST /cards/release": PEOPLE,
        "POST /cards/show": PEOPLE,
        "GET /reviews": PEOPLE,
        "GET /reviews/summary": PEOPLE,
        "GET /reviews/<transaction_id>": PEOPLE,
        "POST /reviews/<transaction_id>/claim": PEOPLE,
        "POST /reviews/<transaction_id>/decide": PEOPLE,
        "POST /reviews/<transaction_id>/hand-back": PEOPLE,
        "POST /reviews/<transaction_id>/notes": PEOPLE,
        "POST /reviews/<transaction_id>/reopen": PEOPLE,
    },
    "rule_desk": {
        "POST /": CLOCKS,
        "GET /detections": PEOPLE,
        "GET /detections/<detection_id>": PEOPLE,
        "PUT /detections/<detection_id>": PEOPLE,
        "POST /detections/<detection_id>/mode": PEOPLE,
        "POST /detections/trial": PEOPLE,
        "GET /fields": PEOPLE,
        "POST /labels": PEOPLE,
        "GET /lists": PEOPLE,
        "POST /lists": PEOPLE,
        "GET /lists/<kind>/<path:value>": PEOPLE,
        "PUT /lists/<kind>/<path:value>": PEOPLE,
        "DELETE /lists/<kind>/<path:value>": PEOPLE,
        "GET /models": PEOPLE,
        "POST /models/<sha256>/mode": PEOPLE,
        "GET /rules": PEOPLE,
        "GET /rules/<rule_id>": PEOPLE,
        "PUT /rules/<rule_id>": PEOPLE,
        "POST /rules/<rule_id>/mode": PEOPLE,
        "POST /rules/validate": PEOPLE,
    },
    "stream_supervisor": {"POST /": CLOCKS},
}
