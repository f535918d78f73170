from pathlib import Path

from infra.policy.inventory import of_kind
from infra.services import CATALOGUE, deployable
from tests.unit.infra_cloud.deployment import inventory


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
