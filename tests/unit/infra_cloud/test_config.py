import json
from typing import Any

import pulumi
import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from infra.config import Group, StackSettings, load
from infra.rehearsal.program import DOCUMENTS, KEYS, Recorder, record
from tests.unit.docs.pages import read, rows, section
from tests.unit.infra_cloud.deployment import stack_document, stack_settings


def wrong(stack: str, path: str, value: object) -> str:
    """Return with what words the program stops when one setting of a stack is changed."""
    document: Any = stack_document(stack)
    target = document
    *folders, last = path.split(".")
    for folder in folders:
        target = target[folder]
    target[last] = value
    configure(stack, stack=json.dumps(document), pii_hmac_keys=KEYS.get_secret_value())
    with pytest.raises(pulumi.RunError) as caught:
        load()
    return str(caught.value)


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_the_stacks_settings_are_good(stack: str) -> None:
    assert stack_settings(stack).environment == stack


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("redis.tier", "HUGE", "redis.tier: "),
        ("stream.ttl_hours", 15 * 24, "stream.ttl_hours: Input should be less than or equal to 336"),
        ("stream.ttl_hours", "168", "stream.ttl_hours: "),
        ("stream.runtime_version", "latest", "stream.runtime_version: "),
        ("stream.executor_cores", 5, "stream.executor_cores: "),
        ("stream.executors", 1, "stream.executors: Input should be greater than or equal to 2"),
        ("stream.executors", 2001, "stream.executors: Input should be less than or equal to 2000"),
        ("stream.driver_memory_mb", 2925, "stream.driver_memory_mb: Input should be greater than or equal to 2926"),
        ("stream.driver_memory_mb", 21212, "stream.driver_memory_mb: Input should be less than or equal to 21211"),
        ("stream.shuffle_partitions", 97, "stream.shuffle_partitions exceeds kafka.partitions"),
        ("kafka.retention_hours", 0, "kafka.retention_hours: "),
        ("kafka.cluster", "freight", "kafka.cluster: "),
        ("kafka.cluster", "standard", "kafka.allowed_addresses name who reaches it, in prod"),
        ("kafka.allowed_addresses", ["0.0.0.0/0"], "kafka.allowed_addresses.0: "),
        ("project", "Acme", "project: "),
        ("region", "europe", "region: "),
        ("subnet", "10.0.0.0", "subnet: "),
        ("functions.callers", {"authorize_payment": ["allUsers"]}, "functions.callers.authorize_payment.0: "),
        ("functions.caller", {}, "functions.caller: Extra inputs"),
        ("alerting.false_positive_rate", 10, "alerting.false_positive_rate: "),
        ("alerting.emails", ["nobody"], "alerting.emails.0: "),
        ("redis.tier", "BASIC", "redis.tier must be STANDARD_HA in prod"),
        ("deletion_protection", False, "deletion_protection must be true in prod"),
        ("alerting.emails", [], "alerting.emails must name somebody in prod"),
        ("kafka.availability", "SINGLE_ZONE", "kafka.availability must be MULTI_ZONE in prod"),
        ("functions.warm_instances", 0, "functions.warm_instances must be at least 1 in prod"),
        ("functions.two_person_rule", False, "functions.two_person_rule must be true in prod"),
        (
            "functions.privacy_officers",
            ["kim@acme.example"],
            "functions.privacy_officers must name two people or nobody",
        ),
        ("alerting.monthly_budget", None, "billing_account and monthly_budget are set together or not at all"),
        ("alerting.billing_account", "acme", "alerting.billing_account: "),
        ("functions.page_domain", None, "functions.page_domain must be set in prod"),
        ("stream.pii_key_version", None, "stream.pii_key_version must be set in prod"),
    ],
)
def test_a_bad_setting_is_named(path: str, value: object, said: str) -> None:
    assert said in wrong("prod", path, value)


def test_what_was_set_is_never_repeated() -> None:
    assert "rediss" not in wrong("dev", "region", "rediss://:hunter2@host")


def configure(selected: str, **values: str) -> None:
    """Select a stack with this configuration."""
    record(Recorder(), selected)
    pulumi.runtime.set_all_config({f"payment-fraud:{name}": value for name, value in values.items()})


def test_settings_and_keys_are_read_from_the_selected_stack() -> None:
    configure("dev", stack=json.dumps(stack_document("dev")), pii_hmac_keys=KEYS.get_secret_value())
    assert load() == (stack_settings("dev"), DOCUMENTS)


HOOK = '{"name": "soc", "kind": "webhook", "url": "https://soc.example/5ecret"}'


def configure_channels(channels: str, secrets: str) -> None:
    configure(
        "dev",
        stack=json.dumps(stack_document("dev")),
        pii_hmac_keys=KEYS.get_secret_value(),
        alert_channels=channels,
        alert_channel_secrets=secrets,
    )


def test_channels_are_read_with_their_secrets() -> None:
    configure_channels(f"[{HOOK}]", '{"soc": "whsec_5ecret"}')
    _, documents = load()
    assert documents.channels == ("soc",)
    assert documents.alert_channels.get_secret_value() == f"[{HOOK}]"


@pytest.mark.parametrize(
    ("channels", "secrets", "said"),
    [
        (f"[{HOOK}]", "{}", "alert_channel_secrets must hold a secret for each webhook"),
        ("[]", '{"soc": "whsec_5ecret"}', "alert_channel_secrets must hold a secret for each webhook"),
        (f"[{HOOK}, {HOOK}]", '{"soc": "whsec_5ecret"}', "alert_channels holds a name twice"),
        (f"[{HOOK}]", '{"soc": "5ecret"}', "alert_channel_secrets.soc: "),
        (f"[{HOOK.replace('https', 'http')}]", '{"soc": "whsec_5ecret"}', "alert_channels.0: "),
        (f"[{HOOK.replace('webhook', 'pager')}]", "{}", "alert_channels.0.kind: "),
        ("5ecret", "{}", "alert_channels: "),
    ],
)
def test_a_bad_channel_stops_the_deployment_without_being_shown(channels: str, secrets: str, said: str) -> None:
    configure_channels(channels, secrets)
    with pytest.raises(pulumi.RunError) as caught:
        load()
    assert said in str(caught.value)
    assert "5ecret" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("", "pii_hmac_keys: "),
        ("{}", "holds no key"),
        ('{"1": "5a5a"}', "pii_hmac_keys.1: "),
        ('{"one": "' + "5a" * 32 + '"}', "pii_hmac_keys.one"),
    ],
)
def test_a_bad_key_stops_the_deployment_without_being_shown(keys: str, said: str) -> None:
    configure("dev", stack=json.dumps(stack_document("dev")), pii_hmac_keys=keys)
    with pytest.raises(pulumi.RunError) as caught:
        load()
    assert said in str(caught.value)
    assert "5a5a" not in str(caught.value)


def test_no_stack_is_deployed_with_anothers_settings() -> None:
    configure("prod", stack=json.dumps(stack_document("dev")), pii_hmac_keys=KEYS.get_secret_value())
    with pytest.raises(pulumi.RunError, match=r"stack\.environment"):
        load()


def shown(field: FieldInfo) -> str:
    """Return a default as the page writes it."""
    if field.is_required():
        return "required"
    return f"`{field.default}`" if isinstance(field.default, str | int | float) else "none"


def settings(model: type[BaseModel], prefix: str = "") -> dict[str, str]:
    """Return the default of every setting by its path."""
    found: dict[str, str] = {}
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Group):
            found |= settings(field.annotation, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = shown(field)
    return found


def test_every_setting_is_documented_with_its_default() -> None:
    page = rows(section(read("docs/deployment.md"), "## Settings of a stack"))
    assert {name: cells[0] for name, cells in page.items()} == settings(StackSettings)


def test_a_key_must_be_known_before_it_masks() -> None:
    document = stack_document("prod")
    document["stream"] = document["stream"] | {"pii_key_version": "2"}  # type: ignore[operator]
    configure("prod", stack=json.dumps(document), pii_hmac_keys=KEYS.get_secret_value())
    with pytest.raises(pulumi.RunError, match=r"stream\.pii_key_version: is not among the versions of pii_hmac_keys"):
        load()


def test_production_has_a_budget() -> None:
    document: Any = stack_document("prod")
    del document["alerting"]["billing_account"], document["alerting"]["monthly_budget"]
    configure("prod", stack=json.dumps(document), pii_hmac_keys=KEYS.get_secret_value())
    with pytest.raises(pulumi.RunError, match=r"alerting\.monthly_budget must be set in prod"):
        load()
