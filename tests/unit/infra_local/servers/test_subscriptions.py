import json

import pytest
from pydantic import SecretStr

from infra.local.errors import StackError
from infra.local.servers.subscriptions import push_subscriptions
from infra.local.settings import Settings
from infra.services import CATALOGUE


def test_without_channels_there_are_those_that_the_cloud_has() -> None:
    ours = {(one.function, one.pushed) for one in push_subscriptions(Settings())}
    assert ours == {(service.folder, pushed) for service in CATALOGUE for pushed in service.pushed}


def test_each_channel_has_a_subscription_of_its_own() -> None:
    channels = [{"name": "ops", "kind": "webhook"}, {"name": "chat", "kind": "slack"}]
    ours = push_subscriptions(Settings(alert_channels=SecretStr(json.dumps(channels))))[-2:]
    assert [(one.pushed.name, one.pushed.path) for one in ours] == [
        ("alert-channel-ops", "/channels/ops"),
        ("alert-channel-chat", "/channels/chat"),
    ]
    assert {(one.pushed.topic, one.function, one.pushed.ordered) for one in ours} == {
        ("alert-notifications", "alert_fanout", False)
    }


@pytest.mark.parametrize("channels", ["hush", '"hush"', '{"hush": 1}', "[1]", '[{"url": "hush"}]', "1"])
def test_channels_without_names_are_told_by_their_variable(channels: str) -> None:
    with pytest.raises(StackError, match="ALERT_CHANNELS is not a JSON list") as refused:
        push_subscriptions(Settings(alert_channels=SecretStr(channels)))
    assert "hush" not in str(refused.value)


def test_settings_show_nothing_of_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_CHANNELS", '[{"name": "hush"}]')
    monkeypatch.setenv("ALERT_CHANNEL_SECRETS", '{"hush": "hush"}')
    assert "hush" not in repr(Settings())
    assert [one.pushed.name for one in push_subscriptions(Settings())][-1] == "alert-channel-hush"
