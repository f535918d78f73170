"""The rules of a deployment: each returns one sentence for each resource that breaks it, and names it."""

from collections.abc import Callable, Iterable, Iterator

from infra.policy import doors, production, secrecy, upkeep
from infra.policy.inventory import Inventory, Resource

Rule = Callable[[Inventory], Iterator[str]]

ALWAYS: tuple[Rule, ...] = (
    doors.nobody_public,
    doors.no_default_account,
    doors.no_broad_role,
    doors.no_rights_on_every_bucket,
    secrecy.redis_is_closed,
    upkeep.messages_are_kept,
    doors.pushes_prove_who_calls,
    doors.callers_are_verified,
    secrecy.secrets_stay_secret,
    secrecy.secrets_are_pinned,
    upkeep.everything_is_labelled,
    upkeep.batches_end_in_time,
    upkeep.pushes_reach_internal_functions,
    upkeep.alarms_can_be_made,
    secrecy.dataset_names_its_readers,
    secrecy.deleted_rows_go_soon,
)

IN_PRODUCTION: tuple[Rule, ...] = (
    production.what_holds_data_is_protected,
    production.nothing_has_a_single_zone,
    production.kafka_is_closed,
    production.people_come_through_iap,
)


def of_stack(environment: str) -> tuple[Rule, ...]:
    """Return the rules that hold for a stack."""
    return (*ALWAYS, *IN_PRODUCTION) if environment == "prod" else ALWAYS


def violations(inventory: Iterable[Resource], rules: Iterable[Rule]) -> list[str]:
    """Return every sentence of every rule."""
    resources = tuple(inventory)
    return [f"{rule.__name__}: {sentence}" for rule in rules for sentence in rule(resources)]
