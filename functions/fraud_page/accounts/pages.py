"""The account page: one account's payments as BigQuery holds them, drawn and listed, its devices and regions."""

from datetime import datetime, timedelta
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fraud.accounts import AccountPayment, devices, regions, totals
from fraud.errors import RetryableError
from fraud_page.accounts.timeline import timeline
from fraud_page.http.view import render
from fraud_service.accounts import MOST, PERIOD, payments
from fraud_service.clock import now
from fraud_service.http.query import moment, parameter
from fraud_service.stores.warehouse import warehouse

LATER = timedelta(hours=1)
"""How much is read after the moment that was asked for."""

_YEARS = range(2000, 2100)


def show_account(request: Request) -> Response:
    """Answer an account's payments up to the moment that is asked for, or the form that asks for an account."""
    account, around = request.query_params.get("account", ""), parameter(request.query_params, "around", _moment, None)
    if not account:
        return render(request, "account.html", values={"account": ""})
    try:
        recent = payments(warehouse(), account, (around or now()) + LATER)
    except RetryableError as error:
        values = {"account": account, "unreachable": str(error)}
        return render(request, "account.html", HTTPStatus.SERVICE_UNAVAILABLE, values)
    return render(request, "account.html", values={"account": account, **_shown(recent, around)})


def _shown(recent: list[AccountPayment], around: datetime | None) -> dict[str, object]:
    """Return what the page shows; the drawing stands around the latest alert unless a moment is asked for."""
    frame: dict[str, object] = {"unreachable": "", "days": PERIOD.days, "most": MOST, "payments": recent}
    if not recent:
        return frame
    centre = around or next((one.event_time for one in recent if one.raised_alert), recent[0].event_time)
    return frame | {
        "drawing": timeline(recent, centre),
        "devices": devices(recent),
        "regions": regions(recent),
        "totals": totals(recent),
        "alerts": sum(payment.raised_alert for payment in recent),
    }


def _moment(text: str) -> datetime:
    around = moment(text)
    if around.year not in _YEARS:
        raise ValueError(text)
    return around


ROUTES = (Route("/accounts", show_account),)
