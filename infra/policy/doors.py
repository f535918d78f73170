"""Who may come in, and as whom programs run."""

import json
import re
from collections.abc import Iterator

from infra.policy.inventory import Inventory, of_kind

_EVERYBODY = ("allUsers", "allAuthenticatedUsers")
_DEFAULT_ACCOUNT = re.compile(r"-compute@developer\.gserviceaccount\.com|@appspot\.gserviceaccount\.com")


def nobody_public(inventory: Inventory) -> Iterator[str]:
    """No role for everybody, no bucket that could be opened to the public, no function that skips its check."""
    for resource in inventory:
        if resource.get("member") in _EVERYBODY:
            yield f"{resource.name}: {resource.get('role')} is granted to {resource.get('member')}"
        if resource.get("invokerIamDisabled"):
            yield f"{resource.name}: callers are not checked"
    for bucket in of_kind(inventory, "storage.Bucket"):
        if bucket.get("publicAccessPrevention") != "enforced":
            yield f"{bucket.name}: publicAccessPrevention is not enforced"
        if bucket.get("uniformBucketLevelAccess") is not True:
            yield f"{bucket.name}: uniformBucketLevelAccess is off"


def no_default_account(inventory: Inventory) -> Iterator[str]:
    """Every program runs, and is built, as an account of its own."""
    for resource in inventory:
        if _DEFAULT_ACCOUNT.search(json.dumps(dict(resource.properties))):
            yield f"{resource.name}: uses a default service account"
    for function in of_kind(inventory, "cloudfunctionsv2.Function"):
        for path in ("serviceConfig.serviceAccountEmail", "buildConfig.serviceAccount"):
            if not function.get(path):
                yield f"{function.name}: {path} is not set, so that the default service account is used"


def no_broad_role(inventory: Inventory) -> Iterator[str]:
    """No owner, editor or viewer of the whole project."""
    for grant in of_kind(inventory, "projects.IAMMember"):
        if grant.get("role") in {"roles/owner", "roles/editor", "roles/viewer"}:
            yield f"{grant.name}: {grant.get('role')} is too broad"


_EVERY_BUCKET = re.compile(r"roles/(dataproc\.worker|storage\..+|artifactregistry\.(writer|repoAdmin|admin))")


def no_rights_on_every_bucket(inventory: Inventory) -> Iterator[str]:
    """No program reads or writes buckets and images it has no business with: archives of functions, Pulumi's state."""
    for grant in of_kind(inventory, "projects.IAMMember"):
        if _EVERY_BUCKET.fullmatch(str(grant.get("role"))) and not grant.get("condition.expression"):
            yield f"{grant.name}: {grant.get('role')} reaches every bucket or repository of the project"


def pushes_prove_who_calls(inventory: Inventory) -> Iterator[str]:
    """Every push and every scheduled call carries a token, made for the address it goes to."""
    calls = [
        (item, item.get("pushConfig.pushEndpoint"), item.get("pushConfig.oidcToken"))
        for item in of_kind(inventory, "pubsub.Subscription")
    ] + [
        (item, item.get("httpTarget.uri"), item.get("httpTarget.oidcToken"))
        for item in of_kind(inventory, "cloudscheduler.Job")
    ]
    for resource, address, token in calls:
        if address and not (isinstance(token, dict) and token.get("serviceAccountEmail") and token.get("audience")):
            yield f"{resource.name}: calls {address} without an OIDC token"


def callers_are_verified(inventory: Inventory) -> Iterator[str]:
    """Every function knows whom a token must be meant for."""
    for function in of_kind(inventory, "cloudfunctionsv2.Function"):
        if not function.get("serviceConfig.environmentVariables.TOKEN_AUDIENCES"):
            yield f"{function.name}: TOKEN_AUDIENCES is not set"
