"""What functions are told about their callers: whom tokens must be meant for, and who is more than a member."""

import json
from collections.abc import Iterable

import pulumi

from infra.components.front_door import FrontDoor, FrontDoorArgs
from infra.components.identity import Identity
from infra.config import Functions
from infra.foundation import Foundation
from infra.services import DASHBOARD, ERASURE, Service

GCLOUD = "32555940559.apps.googleusercontent.com"
"""Google's own client, for which gcloud has a person's identity tokens made; Cloud Run takes them from people."""

_PERSON = ("user:", "group:")
_PROXIED = ("http://localhost:8080", "http://127.0.0.1:8080")
"""Where `gcloud run services proxy` lets people open a page."""

Environment = dict[str, pulumi.Input[str]]


def known(service: Service, audience: str, settings: Functions, pubsub: Identity, scheduler: Identity) -> Environment:
    """Return what every function is told."""
    are_people = any(member.startswith(_PERSON) for member in settings.callers.get(service.name, ()))
    audiences = [audience, *([GCLOUD] if are_people else [])]
    told: Environment = {"TOKEN_AUDIENCES": json.dumps(audiences)}
    if service.pushed:
        told["PUSH_ACCOUNTS"] = pulumi.Output.json_dumps([pubsub.email])
    if service.schedule:
        told["CLOCK_ACCOUNTS"] = pulumi.Output.json_dumps([scheduler.email])
    if service.name in {ERASURE, DASHBOARD}:
        told["PRIVACY_OFFICERS"] = json.dumps(settings.privacy_officers)
    return told


def front_door(base: Foundation, settings: Functions) -> FrontDoor | None:
    """Declare the page's door for people, where it has a domain."""
    if settings.page_domain is None:
        return None
    people = {f"person-{number}": member for number, member in enumerate(settings.callers.get(DASHBOARD, ()))}
    account = DASHBOARD.replace("_", "-")
    args = FrontDoorArgs(base.place, settings.page_domain, account, base.project.number, people)
    return FrontDoor("page", args)


def reached(settings: Functions, door: FrontDoor | None) -> Environment:
    """Return what the page is told about where people open it, and how many it takes to erase."""
    rule: Environment = {"TWO_PERSON_RULE": json.dumps(settings.two_person_rule)}
    if door is None:
        return rule | {"PAGE_ORIGINS": json.dumps(_PROXIED)}
    return rule | {"PAGE_ORIGINS": json.dumps([f"https://{settings.page_domain}"]), "IAP_AUDIENCE": door.audience}


def askers(services: Iterable[Identity]) -> Environment:
    """Return what gdpr_erasure is told about the programs that ask it on somebody's behalf."""
    return {"PRIVACY_SERVICES": pulumi.Output.json_dumps([identity.email for identity in services])}
