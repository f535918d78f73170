"""The account page: one account's payments as BigQuery holds them, drawn and listed, its devices and regions."""

from datetime import datetime, timedelta
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fraud.accounts import AccountPayment, devices, regions, totals
from fraud.errors import RetryableError
from fraud_page.accounts.timeline import timeline
from fraud_page.http.view import render
from fraud_service.clock import now
from fraud_service.http.problem import ProblemError
from fraud_service.stores.warehouse import warehouse

PERIOD = timedelta(days=7)
"""How far back payments are read: BigQuery reads, and bills, by the day."""

MOST = 200
PATIENCE_S = 5.0
LATER = timedelta(hours=1)
"""How much is read after the moment that was asked for."""

_YEARS = range(2000, 2100)
_QUERY = (
    f"select {', '.join(AccountPayment.__struct_fields__)} from payment_transactions_fraud "  # noqa: S608  our own names
    "where sender_account_id = @account and event_time > @since and event_time <= @until "
    "order by event_time desc, transaction_id limit @most"
)


def show_account(request: Request) -> Response:
    """Answer an account's payments up to the moment that is asked for, or the form that asks for an account."""
    account, around = request.query_params.get("account", ""), _moment(request.query_params.get("around"))
    if not account:
        return render(request, "account.html", values={"account": ""})
    try:
        payments = _payments(account, around + LATER if around else now() + LATER)
    except RetryableError as error:
        values = {"account": account, "unreachable": str(error)}
        return render(request, "account.html", HTTPStatus.SERVICE_UNAVAILABLE, values)
    return render(request, "account.html", values={"account": account, **_shown(payments, around)})


def _shown(payments: list[AccountPayment], around: datetime | None) -> dict[str, object]:
    """Return what the page shows; the drawing stands around the latest alert unless a moment is asked for."""
    frame: dict[str, object] = {"unreachable": "", "days": PERIOD.days, "most": MOST, "payments": payments}
    if not payments:
        return frame
    centre = around or next((one.event_time for one in payments if one.is_alert), payments[0].event_time)
    return frame | {
        "drawing": timeline(payments, centre),
        "devices": devices(payments),
        "regions": regions(payments),
        "totals": totals(payments),
        "alerts": sum(payment.is_alert for payment in payments),
    }


def _payments(account: str, until: datetime) -> list[AccountPayment]:
    """Return the account's latest payments, the newest first. Raises RetryableError while BigQuery is out of reach."""
    rows = warehouse().ask(_QUERY, PATIENCE_S, account=account, since=until - PERIOD, until=until, most=MOST)
    return [msgspec.convert(row, AccountPayment) for row in rows]


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year not in _YEARS:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "this is no moment with a time zone", "around")
    return moment


ROUTES = (Route("/accounts", show_account),)
