import json

import pytest
from pydantic import SecretStr

from infra.local.errors import StackError
from infra.local.servers.subscriptions import SUBSCRIPTIONS, push_subscriptions
from infra.local.settings import Settings


def test_without_channels_there_are_the_functions_subscriptions() -> None:
    assert push_subscriptions(Settings()) == SUBSCRIPTIONS


def test_each_channel_has_a_subscription_of_its_own() -> None:
    channels = [{"name": "ops", "kind": "webhook"}, {"name": "chat", "kind": "slack"}]
    ours = push_subscriptions(Settings(alert_channels=SecretStr(json.dumps(channels))))[len(SUBSCRIPTIONS) :]
    assert [(one.name, one.path) for one in ours] == [
        ("alert-channel-ops", "/channels/ops"),
        ("alert-channel-chat", "/channels/chat"),
    ]
    assert {(one.topic, one.function, one.ordered) for one in ours} == {("alert-notifications", "alert_fanout", False)}


@pytest.mark.parametrize("channels", ["hush", '"hush"', '{"hush": 1}', "[1]", '[{"url": "hush"}]', "1"])
def test_channels_without_names_are_told_by_their_variable(channels: str) -> None:
    with pytest.raises(StackError, match="ALERT_CHANNELS is not a JSON list") as refused:
        push_subscriptions(Settings(alert_channels=SecretStr(channels)))
    assert "hush" not in str(refused.value)


def test_settings_show_nothing_of_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_CHANNELS", '[{"name": "hush"}]')
    monkeypatch.setenv("ALERT_CHANNEL_SECRETS", '{"hush": "hush"}')
    assert "hush" not in repr(Settings())
    assert [one.name for one in push_subscriptions(Settings())][-1] == "alert-channel-hush"
