"""Composes a deployment: what `pulumi up --stack dev|prod` makes."""

import pulumi

from infra import callers, config, erasing, foundation, profiling, streaming, watching
from infra.artifacts import Artifacts, fetch, prepare
from infra.components import functions
from infra.components.identity import Identity
from infra.outputs import outputs
from infra.services import (
    AUTHORIZE,
    CATALOGUE,
    DASHBOARD,
    DRILL,
    ERASURE,
    FAN_OUT,
    HMAC_KEYS,
    SUPERVISOR,
    Service,
    channel_push,
    deployable,
)
from infra.serving import Platform


def compose(settings: config.StackSettings, documents: config.Documents, artifacts: Artifacts) -> dict[str, object]:
    """Declare every resource of a deployment, and return what it tells those who use it."""
    base = foundation.lay(settings)
    stream = streaming.runner(base.place)
    services = {service: functions.identity(service, base.place) for service in artifacts.functions}
    secrets = foundation.keep_secrets(base, documents, _readers(services, stream))
    batch = streaming.describe(base, settings.stream, artifacts.job, stream, secrets)
    watching.watch(base, settings)
    profiling.build_daily(base, settings)
    marks = [
        streaming.let_supervise(base, identity, stream)
        for service, identity in services.items()
        if service.name == SUPERVISOR
    ]
    platform = Platform.prepare(base, settings.functions, secrets, stream, batch, *marks)
    served: dict[str, functions.Function] = {}
    door = callers.front_door(base, settings.functions)
    for service, identity in services.items():
        environment = _retention(settings) if service.keeps_alerts else {}
        if service.name == SUPERVISOR:
            environment |= streaming.supervision(base, settings.stream, batch)
        if service.name == AUTHORIZE:
            environment |= streaming.card_rule(settings.stream)
        if service.name == ERASURE:
            environment |= erasing.reach(base, settings.kafka.retention_hours)
            erasing.let_look(base, identity)
            environment |= callers.askers([services[one] for one in services if one.name in {DRILL, DASHBOARD}])
        if service.name in {DRILL, DASHBOARD}:
            environment |= erasing.let_ask(base, service.name, identity, served[ERASURE])
        if service.name == DASHBOARD:
            environment |= callers.reached(settings.functions, door) | erasing.ends(base)
        channels = map(channel_push, documents.channels) if service.name == FAN_OUT else ()
        archive = artifacts.functions[service]
        # a batch that masks with a new key is described once all who look cards up have been given that key
        after = _key_readers(served) if service.name == SUPERVISOR else ()
        served[service.name] = platform.serve(service, identity, archive, environment, channels, after)
    if door:
        served[DASHBOARD].admit("iap", door.agent)
    return outputs(base, secrets, served, door)


def _key_readers(served: dict[str, functions.Function]) -> list[functions.Function]:
    known = {service.name for service in CATALOGUE if HMAC_KEYS in service.secrets.values()}
    return [function for name, function in served.items() if name in known]


def _retention(settings: config.StackSettings) -> dict[str, pulumi.Input[str]]:
    days = settings.warehouse.partition_expiry_days
    return {"DOCUMENT_RETENTION_DAYS": str(days)} if days else {}


def main() -> None:
    """Run as Pulumi's language host does: check the settings, fetch what is to be uploaded, declare."""
    settings, documents = config.load()
    artifacts = prepare(deployable())
    fetch(artifacts.job)
    for name, value in compose(settings, documents, artifacts).items():
        pulumi.export(name, value)


def _readers(services: dict[Service, Identity], stream: Identity) -> dict[str, dict[str, Identity]]:
    readers: dict[str, dict[str, Identity]] = {name: {"stream": stream} for name in streaming.SECRETS.values()}
    for service, identity in services.items():
        for name in service.secrets.values():
            readers.setdefault(name, {})[service.name] = identity
    return readers


if __name__ == "__main__":
    main()
