"""What people do about campaigns, by whichever door they come: looked at whole, and their cards blocked at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import msgspec
import structlog

from fraud.alerts.alert import Alert
from fraud.alerts.campaign import Campaign
from fraud.cards import Action, CardAction, Reason
from fraud.errors import AbsentError, SubjectErasedError
from fraud_service import clock
from fraud_service.alerts.campaigns import Campaigns
from fraud_service.cards.record import Cards
from fraud_service.clock import Clock
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents, portions
from fraud_service.stores.side_by_side import side_by_side

PERIOD = timedelta(days=1)
MOST = 50
_AT_ONCE = 8

log = structlog.get_logger()


class Blocking(msgspec.Struct, forbid_unknown_fields=True):
    """Why every card of a campaign is blocked."""

    reason: Reason


class CampaignStory(msgspec.Struct, frozen=True):
    """A campaign with its alerts, oldest first, and how many of its cards are blocked."""

    campaign: Campaign
    accounts: int
    cards: int
    blocked: int
    alerts: list[Alert]


@dataclass(frozen=True)
class CampaignActs:
    """The acts on campaigns. Every method raises RetryableError while a store is down."""

    campaigns: Campaigns = field(default_factory=lambda: Campaigns(documents()))
    cards: Cards = field(default_factory=lambda: Cards(documents(), cache_client()))
    now: Clock = clock.now

    def listed(self) -> list[CampaignStory]:
        """Return the day's campaigns of more than one account, the latest first."""
        latest = self.campaigns.latest(self.now() - PERIOD, MOST)
        stories = [story for some in portions(latest, _AT_ONCE) for story in self._told(some)]
        return [one for one in stories if one.accounts > 1]

    def show(self, campaign_id: str) -> CampaignStory:
        """Return a campaign, or that which has taken it over. Raises AbsentError."""
        campaign = self.campaigns.find(campaign_id)
        if campaign is None:
            raise AbsentError("there is no campaign of this id")
        return self._story(campaign)

    def block(self, campaign_id: str, blocking: Blocking, person: str) -> CampaignStory:
        """Block every card of a campaign, and return it as it is then; repeated, it does what is left to do."""
        payments = {alert.card_token: alert for alert in self.show(campaign_id).alerts}
        for some in portions(list(payments.values()), _AT_ONCE):
            side_by_side(*(partial(self._block, alert, blocking, person) for alert in some))
        log.info("campaign_blocked", campaign_id=campaign_id, cards=len(payments))
        return self.show(campaign_id)

    def _block(self, alert: Alert, blocking: Blocking, person: str) -> CardAction | None:
        try:
            return self.cards.block(alert, person, blocking.reason, self.now(), over=Action.REQUIRE_3DS)
        except SubjectErasedError:
            return None

    def _told(self, campaigns: Sequence[Campaign]) -> tuple[CampaignStory, ...]:
        return side_by_side(*(partial(self._story, one) for one in campaigns))

    def _story(self, campaign: Campaign) -> CampaignStory:
        alerts = self.campaigns.alerts(campaign)
        tokens = sorted({alert.card_token for alert in alerts})
        states = self.cards.recorded(tokens) if tokens else {}
        shut = [one for one in states.values() if one.in_force(self.now()) is Action.BLOCK_CARD]
        accounts = {alert.sender_account_id for alert in alerts}
        return CampaignStory(campaign, len(accounts), len(tokens), len(shut), alerts)
