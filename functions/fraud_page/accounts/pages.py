"""The account page: one account's payments as BigQuery holds them, drawn and listed, and what it shares with others."""

from datetime import datetime, timedelta
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fraud.accounts.links import PERIOD as LINKED
from fraud.accounts.payments import AccountPayment, devices, regions, totals
from fraud.errors import RetryableError
from fraud.payments.form import LONGEST_NAME
from fraud_page.accounts.timeline import timeline
from fraud_page.http.person import person_or_none
from fraud_page.http.view import render
from fraud_service.accounts.links import account_links
from fraud_service.accounts.payments import MOST, PERIOD, payments
from fraud_service.clock import now
from fraud_service.http.answer import encode_answer
from fraud_service.http.problem import ProblemError
from fraud_service.http.query import moment, parameter
from fraud_service.looks import What, record_look
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
        record_look(What.ACCOUNT, account, person_or_none(request))
        recent = payments(warehouse(), account, (around or now()) + LATER)
    except RetryableError as error:
        values = {"account": account, "unreachable": str(error)}
        return render(request, "account.html", HTTPStatus.SERVICE_UNAVAILABLE, values)
    return render(request, "account.html", values={"account": account, **_shown(recent, around), **_linked(account)})


def answer_links(request: Request) -> Response:
    """Answer an account's links as JSON."""
    account = request.path_params["account"]
    if len(account) > LONGEST_NAME:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"account: at most {LONGEST_NAME} characters", "account")
    record_look(What.ACCOUNT, account, person_or_none(request))
    found = account_links(warehouse(), account, now())
    return Response(encode_answer(found), media_type="application/json", headers={"Cache-Control": "no-store"})


def _linked(account: str) -> dict[str, object]:
    """Return what the page shows of an account's links; without them the page is of use still."""
    try:
        return {"links": account_links(warehouse(), account, now()), "linked_days": LINKED.days}
    except RetryableError as error:
        return {"links": None, "links_unreachable": str(error)}


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


ROUTES = (Route("/accounts", show_account), Route("/accounts/{account:path}/links", answer_links))
