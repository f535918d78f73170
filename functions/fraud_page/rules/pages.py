"""The rules page: what stands and how often it matched, edited with errors in place, switched to shadow and back."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fraud.cards import Action
from fraud.rules.facts import FIELDS
from fraud.rules.rule import Mode
from fraud_page.drafts import DraftPages
from fraud_page.http.view import render
from fraud_page.rules.trial import tried
from fraud_service.clock import now
from fraud_service.rules.acts import Draft, rule_acts
from fraud_service.rules.decisions import MOST_DECISIONS, hits
from fraud_service.stores.documents import documents

HITS_OF = timedelta(days=1)


def show_rules(request: Request) -> Response:
    """Answer every rule with its mode, version and matches of the last day."""
    stored, matched = rule_acts().record.load(), hits(documents(), now() - HITS_OF)
    rules = sorted(stored.items, key=lambda rule: (-rule.action.strength, rule.priority, rule.rule_id))
    values = {"rules": rules, "refused": stored.refused, "hits": matched, "most": MOST_DECISIONS}
    return render(request, "rules.html", values=values)


PAGES = DraftPages(
    noun="rule",
    acts=rule_acts,
    empty=Draft(expression="", action=Action.MANUAL_REVIEW, mode=Mode.SHADOW),
    tried=lambda wanted: tried(wanted, rule_acts().record.load().items),
    choices={"actions": list(Action), "names": sorted(FIELDS)},
)
ROUTES = (Route("/rules", show_rules), *PAGES.routes)
