"""The campaigns pages: alerts that belong together, and one form that blocks all their cards."""

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fraud_page.http.act import read_act
from fraud_page.http.view import render
from fraud_service.alerts.acts import MOST, Blocking, CampaignActs
from fraud_service.http.body import read_fields


def show_campaigns(request: Request) -> Response:
    """Answer the day's campaigns of several accounts."""
    return render(request, "campaigns.html", values={"stories": CampaignActs().listed(), "most": MOST})


def show_campaign(request: Request) -> Response:
    """Answer one campaign with its alerts."""
    return render(request, "campaign.html", values={"story": CampaignActs().show(request.path_params["campaign_id"])})


async def block_campaign(request: Request) -> Response:
    """Block every card of a campaign, and show it as it is then."""
    fields, name = await read_act(request)
    campaign_id, blocking = request.path_params["campaign_id"], read_fields(fields, Blocking)
    await run_in_threadpool(lambda: CampaignActs().block(campaign_id, blocking, name))
    return RedirectResponse(f"/campaigns/{campaign_id}", HTTPStatus.SEE_OTHER)


ROUTES = (
    Route("/campaigns", show_campaigns),
    Route("/campaigns/{campaign_id}", show_campaign),
    Route("/campaigns/{campaign_id}", block_campaign, methods=["POST"]),
)
