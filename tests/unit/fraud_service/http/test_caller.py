import time
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from fraud.errors import RetryableError
from fraud.rights import Role
from fraud_service.http import caller as module
from fraud_service.http.caller import CallerSettings, caller
from fraud_service.http.certificates import Certificates
from fraud_service.http.problem import ProblemError
from tests.tokens import AUDIENCE, signer, stripped, token, unsigned
from tests.unit.fraud_service.requests import request

JO, OFFICER = "jo@bank.example", "kim@bank.example"
FIRST, ELSE = "X-Serverless-Authorization", "Authorization"

Made = Callable[[], dict[str, str]]
"""Headers made when the test runs: a suite may have collected it an hour before."""


def seconds_from_now(seconds: int) -> int:
    return int(time.time()) + seconds


def bearer(text: str) -> str:
    return f"Bearer {text}"


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize(
    "headers",
    [
        lambda: {ELSE: bearer(token(JO))},
        lambda: {ELSE: f"bearer {token(JO)}", "X-Caller": OFFICER},
        lambda: {FIRST: bearer(token(JO))},
        lambda: {FIRST: bearer(stripped(token(JO)))},  # as `gcloud run services proxy` has it arrive
        lambda: {ELSE: bearer(stripped(token(JO)))},
        lambda: {FIRST: bearer(stripped(token(JO))), ELSE: bearer(token(JO))},
        lambda: {ELSE: bearer(token(JO, iss="accounts.google.com"))},
    ],
)
def test_on_cloud_run_the_checked_token_tells_who_calls(headers: Made) -> None:
    assert caller(request(headers=headers())) == JO


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize(
    "headers",
    [
        lambda: {FIRST: bearer(token(JO)), ELSE: bearer(unsigned(OFFICER))},
        lambda: {FIRST: bearer(token(JO)), ELSE: bearer(stripped(unsigned(OFFICER)))},
        lambda: {FIRST: bearer(token(JO)), ELSE: bearer(token(OFFICER))},
        lambda: {FIRST: bearer(unsigned(OFFICER)), ELSE: bearer(token(JO))},
        # by X_Serverless_Authorization, say
        lambda: {FIRST: bearer(stripped(token(OFFICER))), ELSE: bearer(token(JO))},
        lambda: {FIRST: bearer(token(JO)), ELSE: "Basic a2ltOng="},
        lambda: {FIRST: "nonsense", ELSE: bearer(token(JO))},
    ],
    ids=range(7),
)
def test_nobody_acts_as_somebody_else_by_a_second_header(headers: Made) -> None:
    with pytest.raises(ProblemError) as refused:
        caller(request(headers=headers()))
    assert refused.value.status == 401


BAD: dict[str, Made] = {
    "no header": dict,
    "a name": lambda: {"X-Caller": "mallory"},
    "no token": lambda: {ELSE: "Bearer x"},
    "no bearer": lambda: {ELSE: token(JO)},
    "two tokens": lambda: {ELSE: f"{bearer(token(JO))},{bearer(token(OFFICER))}"},
    "forged": lambda: {ELSE: bearer(unsigned(JO))},
    "key of a stranger": lambda: {ELSE: bearer(token(JO, "stranger"))},
    "other audience": lambda: {ELSE: bearer(token(JO, aud="https://evil.example"))},
    "no audience": lambda: {ELSE: bearer(token(JO, aud=None))},
    "many audiences": lambda: {ELSE: bearer(token(JO, aud=[AUDIENCE, "https://evil.example"]))},
    "other issuer": lambda: {ELSE: bearer(token(JO, iss="https://evil.example"))},
    "expired": lambda: {ELSE: bearer(token(JO, iat=seconds_from_now(-7200), exp=seconds_from_now(-3600)))},
    "expired, stripped": lambda: {
        FIRST: bearer(stripped(token(JO, iat=seconds_from_now(-7200), exp=seconds_from_now(-3600))))
    },
    "other audience, stripped": lambda: {FIRST: bearer(stripped(token(JO, aud="https://evil.example")))},
    "not yet": lambda: {ELSE: bearer(token(JO, iat=seconds_from_now(600)))},
    "not verified": lambda: {ELSE: bearer(token(JO, email_verified=False))},
    "verified as text": lambda: {ELSE: bearer(token(JO, email_verified="true"))},
    "not said to be verified": lambda: {ELSE: bearer(token(JO, email_verified=None))},
    "no address": lambda: {ELSE: bearer(token(None))},
    "long address": lambda: {ELSE: bearer(token(f"{'j' * 255}@bank.example"))},
}


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize("headers", BAD.values(), ids=BAD.keys())
def test_on_cloud_run_nothing_else_tells_who_calls(headers: Made) -> None:
    made = headers()
    with pytest.raises(ProblemError) as refused:
        caller(request(headers=made))
    assert refused.value.status == 401
    assert not any(part and part in refused.value.detail for part in made.values())


@pytest.mark.usefixtures("on_cloud_run")
def test_a_key_of_another_id_does_not_verify() -> None:
    swapped = token(JO, "stranger").split(".")
    real = token(JO).split(".")
    with pytest.raises(ProblemError):
        caller(request(headers={ELSE: bearer(".".join([real[0], *swapped[1:]]))}))
    assert signer("stranger") is not signer()


@pytest.mark.usefixtures("on_cloud_run")
def test_while_google_s_keys_are_out_of_reach_a_caller_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_url: str) -> dict[str, str]:
        raise ValueError

    monkeypatch.setattr(module, "google_keys", lambda: Certificates("", fail))
    with pytest.raises(RetryableError, match="cannot be fetched"):
        caller(request(headers={ELSE: bearer(token(JO))}))


def test_on_loopback_a_header_tells_who_calls() -> None:
    assert caller(request(headers={"X-Caller": "jo"})) == "jo"


@pytest.mark.parametrize("name", ["", "  ", "j" * 255])
def test_on_loopback_a_caller_has_a_name(name: str) -> None:
    with pytest.raises(ProblemError) as refused:
        caller(request(headers={"X-Caller": name}))
    assert refused.value.status == 401


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("kim@bank.example", Role.OFFICER),
        ("Kim@Bank.example", Role.OFFICER),
        ("jo@bank.example", Role.MEMBER),
        ("fraud-dashboard@acme.iam.gserviceaccount.com", Role.SERVICE),
        ("pubsub-push@acme.iam.gserviceaccount.com", Role.PUBSUB),
        ("scheduler@acme.iam.gserviceaccount.com", Role.CLOCK),
    ],
)
def test_a_caller_is_one_thing(name: str, role: Role) -> None:
    assert CallerSettings().role(name) is role


def test_on_cloud_run_a_function_must_know_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K_SERVICE", "manual-review")
    with pytest.raises(ValidationError, match="TOKEN_AUDIENCES"):
        CallerSettings()


def test_google_s_keys_come_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_KEYS_URL", "http://keys.example/certs")
    with pytest.raises(ValidationError, match="token_keys_url"):
        CallerSettings()
