"""The detections page: what stands and what it hit, edited with errors in place, tried before it is saved."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fraud.rules.rule import Mode
from fraud.scoring.facts import FIELDS
from fraud_page.drafts import DraftPages
from fraud_page.health.readings import read_hits
from fraud_page.http.view import render
from fraud_service.clock import now
from fraud_service.detections.acts import Draft, detection_acts
from fraud_service.detections.trial import tried
from fraud_service.reviews.record import Reviews
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents
from fraud_service.stores.warehouse import warehouse


def show_detections(request: Request) -> Response:
    """Answer every detection with its mode, version and hits, the most points first."""
    stored = detection_acts().record.load()
    detections = sorted(stored.items, key=lambda one: (-one.points, one.flag, one.detection_id))
    values = {"detections": detections, "refused": stored.refused, "hits": read_hits(cache_client())}
    return render(request, "detections.html", values=values)


PAGES = DraftPages(
    noun="detection",
    acts=detection_acts,
    empty=Draft(expression="", flag="", points=10, mode=Mode.SHADOW),
    tried=lambda wanted: tried(wanted, warehouse(), Reviews(documents()), now()),
    choices={"names": sorted(FIELDS)},
)
ROUTES = (Route("/detections", show_detections), *PAGES.routes)
