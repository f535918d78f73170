import json
from pathlib import Path

import pulumi
from pulumi_gcp import cloudfunctionsv2
from pydantic import SecretStr

from infra.config import Documents
from infra.policy.inventory import of_kind
from infra.rehearsal.program import KEYS, declare
from infra.services import CATALOGUE, deployable
from tests.unit.infra_cloud.deployment import artifacts, inventory, stack_settings


def test_only_what_has_code_is_deployed(tmp_path: Path) -> None:
    (tmp_path / "alert_fanout").mkdir()
    (tmp_path / "manual_review").mkdir()
    (tmp_path / "alert_fanout" / "main.py").touch()
    assert [service.name for service in deployable(tmp_path)] == ["alert_fanout"]


def test_every_function_with_code_is_described() -> None:
    functions = Path(__file__).parents[3] / "functions"
    assert {main.parent.name for main in functions.glob("*/main.py")} <= {service.folder for service in CATALOGUE}


def test_every_push_goes_to_its_function_and_path() -> None:
    pushed = [s.get("pushConfig.pushEndpoint") for s in of_kind(inventory("prod"), "pubsub.Subscription")]
    expected = [f"https://{service.account}.a.run.app{push.path}" for service in CATALOGUE for push in service.pushed]
    assert sorted(str(endpoint) for endpoint in pushed if endpoint) == sorted(expected)


def test_each_channel_of_the_stack_is_pushed_its_notifications() -> None:
    url = "https://soc.example/hook"
    channels = SecretStr(json.dumps([{"name": "soc", "kind": "slack", "url": url}]))
    documents = Documents(KEYS, channels, SecretStr("{}"), ("soc",))
    declared = declare(stack_settings("dev"), artifacts(), documents).resources
    [channel] = [one for one in of_kind(declared, "pubsub.Subscription") if one.name == "alert-channel-soc"]
    assert channel.get("topic") == "alert-notifications-id"
    assert channel.get("pushConfig.pushEndpoint") == "https://alert-fanout.a.run.app/channels/soc"
    assert channel.get("deadLetterPolicy.maxDeliveryAttempts") == 100
    assert url not in str(declared)


def test_a_function_is_served_as_its_code_expects() -> None:
    functions = Path(__file__).parents[3] / "functions"
    for service in CATALOGUE:
        is_async = "functions_framework.aio" in (functions / service.folder / "main.py").read_text()
        expected = {"FUNCTION_USE_ASGI": "true"} if is_async else {"THREADS": str(service.concurrency)}
        [function] = [one for one in of_kind(inventory("dev"), "cloudfunctionsv2.Function") if one.name == service.name]
        told = function.get("serviceConfig.environmentVariables")
        assert isinstance(told, dict)
        assert {name: text for name, text in told.items() if name in {"FUNCTION_USE_ASGI", "THREADS"}} == expected


def test_whoever_writes_about_alerts_lets_it_expire_with_the_payments() -> None:
    functions = of_kind(inventory("prod"), "cloudfunctionsv2.Function")
    days = {one.name: one.get("serviceConfig.environmentVariables.DOCUMENT_RETENTION_DAYS") for one in functions}
    assert {name for name, age in days.items() if age == "400"} == {one.name for one in CATALOGUE if one.keeps_alerts}


def test_the_job_s_batch_changes_after_all_that_look_cards_up() -> None:
    waited_for: dict[str, set[str]] = {}

    def note(given: pulumi.ResourceTransformationArgs) -> None:
        if given.type_ == "gcp:cloudfunctionsv2/function:Function":
            others = given.opts.depends_on
            functions = [other for other in others or [] if isinstance(other, cloudfunctionsv2.Function)]  # type: ignore[union-attr]
            waited_for[given.name] = {function._name for function in functions}

    declare(stack_settings("prod"), artifacts(), change=note)
    readers = {one.name for one in CATALOGUE if "PII_HMAC_KEYS" in one.secrets}
    assert readers == {"authorize_payment", "gdpr_erasure", "erasure_drill"}
    assert readers <= waited_for["stream_supervisor"]
    assert not [name for name in readers if waited_for[name] & readers]
