"""Campaigns by HTTP: the day's listed, one looked at, all its cards blocked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from flask import Request, Response

from fraud_service.alerts.acts import Blocking, CampaignActs, CampaignStory
from fraud_service.http.answer import answer
from fraud_service.http.body import read_json
from fraud_service.http.caller import caller
from fraud_service.http.router import Endpoint


@dataclass(frozen=True)
class CampaignDesk:
    """The endpoints about campaigns; `acts` gives what they do."""

    acts: Callable[[], CampaignActs]

    @property
    def routes(self) -> Mapping[str, Endpoint]:
        """The endpoints by method and path."""
        return {
            "GET /campaigns": self._list,
            "GET /campaigns/<campaign_id>": self._show,
            "POST /campaigns/<campaign_id>/block": self._block,
        }

    def _list(self, _request: Request) -> Response:
        return answer({"campaigns": [_summary(one) for one in self.acts().listed()]})

    def _show(self, _request: Request, campaign_id: str) -> Response:
        story = self.acts().show(campaign_id)
        return answer(_summary(story) | {"transactions": [alert.transaction_id for alert in story.alerts]})

    def _block(self, request: Request, campaign_id: str) -> Response:
        person, blocking = caller(request), read_json(request, Blocking)
        return answer(_summary(self.acts().block(campaign_id, blocking, person)))


def _summary(story: CampaignStory) -> dict[str, object]:
    counts = {"alerts": len(story.alerts), "accounts": story.accounts, "cards": story.cards, "blocked": story.blocked}
    return msgspec.structs.asdict(story.campaign) | counts
