import base64
import json

import pytest

from fraud_service.http.caller import caller
from fraud_service.http.problem import ProblemError
from tests.unit.fraud_service.requests import request


def token(**claims: str) -> str:
    parts = ({"alg": "RS256"}, claims)
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*texts, base64.urlsafe_b64encode(b"SIGNATURE_REMOVED_BY_GOOGLE").decode().rstrip("=")])


@pytest.fixture
def on_cloud_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K_SERVICE", "manual-review")


@pytest.mark.usefixtures("on_cloud_run")
def test_on_cloud_run_the_checked_token_tells_who_calls() -> None:
    headers = {"Authorization": f"Bearer {token(email='jo@bank.example')}", "X-Caller": "mallory"}
    assert caller(request(headers=headers)) == "jo@bank.example"


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize(
    "headers", [{}, {"X-Caller": "mallory"}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {token()}"}]
)
def test_on_cloud_run_nothing_else_tells_who_calls(headers: dict[str, str]) -> None:
    with pytest.raises(ProblemError) as refused:
        caller(request(headers=headers))
    assert refused.value.status == 401


def test_on_loopback_a_header_tells_who_calls() -> None:
    assert caller(request(headers={"X-Caller": "jo"})) == "jo"


@pytest.mark.parametrize("name", ["", "  ", "j" * 255])
def test_on_loopback_a_caller_has_a_name(name: str) -> None:
    with pytest.raises(ProblemError) as refused:
        caller(request(headers={"X-Caller": name}))
    assert refused.value.status == 401
