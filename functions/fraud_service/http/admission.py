"""The one place where rights by path are enforced: who may call an endpoint is asked before it runs."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus

import structlog

from fraud.rights import ANYBODY, OFFICERS, PROBES, Role, Roles
from fraud_service.http.caller import Header, caller_settings, is_on_cloud_run, name_of_caller
from fraud_service.http.problem import ProblemError

log = structlog.get_logger()


class Admission:
    """The rights of one function by path; `identify` tells who calls.

    On loopback everybody may do everything, unless PRIVACY_OFFICERS is set: then what is for officers is theirs.
    """

    def __init__(
        self, rights: Mapping[str, Roles], routes: Iterable[str], identify: Callable[[Header], str] = name_of_caller
    ) -> None:
        """Raise LookupError where a route has no rights: it must not start."""
        self._rights, self._identify = {**rights, **PROBES}, identify
        nameless = sorted(set(routes) - set(self._rights))
        if nameless:
            raise LookupError(f"nobody may call {', '.join(nameless)}: fraud.rights says who may")
        if is_on_cloud_run():
            caller_settings()

    def roles(self, route: str) -> Roles:
        """Return who may call a route, such as `GET /reviews/<transaction_id>`."""
        return self._rights[route]

    def check(self, route: str, header: Header) -> None:
        """Raise ProblemError 403 for a caller who may not, 401 for one who is not known."""
        roles = self.roles(route)
        if not self._asks(roles):
            return
        role = caller_settings().role(self._identify(header))
        if role not in roles:
            log.warning("call_refused", route=route, role=role)
            raise ProblemError(HTTPStatus.FORBIDDEN, _refusal(roles, role))

    def _asks(self, roles: Roles) -> bool:
        if is_on_cloud_run():
            return roles != ANYBODY
        return roles >= OFFICERS and Role.MEMBER not in roles and caller_settings().privacy_officers is not None


def _refusal(roles: Roles, role: Role) -> str:
    if roles >= OFFICERS and role is Role.MEMBER:
        return "this is for the privacy officers whom PRIVACY_OFFICERS names"
    return f"this is not for a caller who is {role}"
