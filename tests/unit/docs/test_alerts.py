import base64
import re
from collections.abc import Callable
from typing import Any

import pytest

from fraud.channels.signature import secret_key, signed_headers
from tests.builders import NOON
from tests.unit.docs.pages import REPOSITORY, read, rows, section

PAGE = read("docs/alerts.md")
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OLDER = "whsec_" + base64.b64encode(b"o" * 32).decode()
BODY = b'{"kind": "INCIDENT_OPENED"}'
SENT = NOON.timestamp()
HEADERS = signed_headers([secret_key(SECRET), secret_key(OLDER)], "ntf_1", NOON, BODY)


@pytest.fixture(scope="module")
def is_genuine() -> Callable[..., bool]:
    """What receivers copy from the page."""
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    namespace: dict[str, Any] = {}
    exec(code, namespace)  # noqa: S102  our own page
    function: Callable[..., bool] = namespace["is_genuine"]
    return function


@pytest.mark.parametrize("secret", [SECRET, OLDER])
@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_receiver_accepts_what_is_ours_and_recent(is_genuine: Callable[..., bool], secret: str, seconds: int) -> None:
    assert is_genuine(secret, HEADERS, BODY, now=SENT + seconds)


@pytest.mark.parametrize(
    ("headers", "body", "now"),
    [
        (HEADERS, BODY + b" ", SENT),
        (HEADERS | {"webhook-id": "ntf_2"}, BODY, SENT),
        (HEADERS | {"webhook-timestamp": str(int(SENT) + 1)}, BODY, SENT),
        (HEADERS | {"webhook-signature": "v1,"}, BODY, SENT),
        (HEADERS, BODY, SENT + 301),
        (HEADERS, BODY, SENT - 301),
    ],
)
def test_a_receiver_refuses_anything_else(
    is_genuine: Callable[..., bool], headers: dict[str, str], body: bytes, now: float
) -> None:
    assert not is_genuine(SECRET, headers, body, now=now)


def test_every_log_event_is_described() -> None:
    modules = ("alerts/push", "channels/push", "pubsub/push", "http/problem")
    sources = [read(f"functions/fraud_service/{module}.py") for module in modules]
    told = {event for source in sources for event in re.findall(r'\blog\.\w+\(\s*"(\w+)"', source)}
    assert set(rows(section(PAGE, "## What the function says"))) == told
    assert (REPOSITORY / "functions" / "alert_fanout" / "main.py").exists()
