import base64
import json
from datetime import timedelta

import pytest
from pydantic import ValidationError

from fraud.configuration import problems
from fraud_service.channels.settings import ChannelKind, ChannelSettings

KEY = b"k" * 32
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
OPS = {"name": "ops", "kind": "webhook", "url": "https://ops.example/hook"}
CHAT = {"name": "chat", "kind": "slack", "url": "https://hooks.slack.example/T0/B0/hush"}


def configure(monkeypatch: pytest.MonkeyPatch, **variables: object) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value if isinstance(value, str) else json.dumps(value))


def test_without_any_setting_there_is_no_channel() -> None:
    assert ChannelSettings().alert_channels == ()


def test_channels_are_read_with_their_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    older = f"whsec_{base64.b64encode(b'o' * 32).decode()}"
    configure(monkeypatch, ALERT_CHANNELS=[OPS, CHAT], ALERT_CHANNEL_SECRETS={"ops": f"{SECRET} {older}"})
    settings = ChannelSettings()
    ops, chat = settings.alert_channels
    assert (ops.name, ops.kind, str(ops.url.get_secret_value())) == ("ops", ChannelKind.WEBHOOK, OPS["url"])
    assert (settings.keys(ops), settings.keys(chat)) == ((KEY, b"o" * 32), ())


def test_nothing_of_a_channel_s_secrets_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, ALERT_CHANNELS=[OPS, CHAT], ALERT_CHANNEL_SECRETS={"ops": SECRET})
    shown = repr(ChannelSettings())
    assert "hush" not in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    ("channels", "secrets", "told"),
    [
        ("hush", {}, "ALERT_CHANNELS: Invalid JSON"),
        ([CHAT | {"url": "hush"}], {}, "ALERT_CHANNELS.0.url: Input should be a valid URL"),
        ([CHAT | {"url": "http://hush.example"}], {}, "ALERT_CHANNELS.0.url: Value error, must be https"),
        ([CHAT | {"name": "Hush!"}], {}, "ALERT_CHANNELS.0.name: String should match pattern"),
        ([CHAT | {"kind": "hush"}], {}, "ALERT_CHANNELS.0.kind: Input should be 'webhook' or 'slack'"),
        ([CHAT, CHAT], {}, "ALERT_CHANNELS: Value error, two channels have the same name"),
        ([OPS], {"ops": "hush"}, "ALERT_CHANNEL_SECRETS: Value error, a secret is whsec_"),
        ([OPS], "hush", "ALERT_CHANNEL_SECRETS: Invalid JSON"),
        ([OPS], {}, "ALERT_CHANNEL_SECRETS must hold a secret for each channel of kind webhook"),
        ([CHAT], {"chat": SECRET}, "ALERT_CHANNEL_SECRETS must hold a secret for each channel of kind webhook"),
        (
            [CHAT, CHAT | {"name": "two"}, CHAT | {"name": "three"}],
            {},
            "THREADS must be at least twice the number of ALERT_CHANNELS",
        ),
    ],
)
def test_a_bad_setting_is_told_by_its_name_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, channels: object, secrets: object, told: str
) -> None:
    configure(monkeypatch, ALERT_CHANNELS=channels, ALERT_CHANNEL_SECRETS=secrets)
    with pytest.raises(ValidationError) as refused:
        ChannelSettings()
    assert told in problems(refused.value)
    assert "hush" not in problems(refused.value) + str(refused.value)


@pytest.mark.parametrize(("threads", "channels", "places"), [(16, 1, 8), (16, 3, 2), (4, 2, 1), (4, 0, 2)])
def test_channels_leave_half_the_threads_free(
    monkeypatch: pytest.MonkeyPatch, threads: int, channels: int, places: int
) -> None:
    several = [CHAT | {"name": f"chat-{number}"} for number in range(channels)]
    configure(monkeypatch, ALERT_CHANNELS=several, THREADS=str(threads))
    assert ChannelSettings().places == places


def test_a_delivery_is_tried_as_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, ALERT_DELIVERY_ATTEMPTS="3", ALERT_DELIVERY_TIMEOUT_SECONDS="0.5")
    persistence = ChannelSettings().persistence
    assert (persistence.attempts, persistence.attempt_life) == (3, timedelta(seconds=1.5))
    assert [persistence.delay(attempts).total_seconds() for attempts in (1, 2, 20)] == [2, 4, 300]
