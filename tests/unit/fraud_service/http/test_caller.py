import time

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


def bearer(text: str) -> str:
    return f"Bearer {text}"


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize(
    "headers",
    [
        {ELSE: bearer(token(JO))},
        {ELSE: f"bearer {token(JO)}", "X-Caller": OFFICER},
        {FIRST: bearer(token(JO))},
        {FIRST: bearer(stripped(token(JO)))},  # as `gcloud run services proxy` has it arrive
        {ELSE: bearer(stripped(token(JO)))},
        {FIRST: bearer(stripped(token(JO))), ELSE: bearer(token(JO))},
        {ELSE: bearer(token(JO, iss="accounts.google.com"))},
    ],
)
def test_on_cloud_run_the_checked_token_tells_who_calls(headers: dict[str, str]) -> None:
    assert caller(request(headers=headers)) == JO


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize(
    "headers",
    [
        {FIRST: bearer(token(JO)), ELSE: bearer(unsigned(OFFICER))},
        {FIRST: bearer(token(JO)), ELSE: bearer(stripped(unsigned(OFFICER)))},
        {FIRST: bearer(token(JO)), ELSE: bearer(token(OFFICER))},
        {FIRST: bearer(unsigned(OFFICER)), ELSE: bearer(token(JO))},
        {FIRST: bearer(stripped(token(OFFICER))), ELSE: bearer(token(JO))},  # by X_Serverless_Authorization, say
        {FIRST: bearer(token(JO)), ELSE: "Basic a2ltOng="},
        {FIRST: "nonsense", ELSE: bearer(token(JO))},
    ],
    ids=range(7),
)
def test_nobody_acts_as_somebody_else_by_a_second_header(headers: dict[str, str]) -> None:
    with pytest.raises(ProblemError) as refused:
        caller(request(headers=headers))
    assert refused.value.status == 401


HOUR_AGO = int(time.time()) - 7200
NEXT_DAY = int(time.time()) + 86400
BAD = {
    "no header": {},
    "a name": {"X-Caller": "mallory"},
    "no token": {ELSE: "Bearer x"},
    "no bearer": {ELSE: token(JO)},
    "two tokens": {ELSE: f"{bearer(token(JO))},{bearer(token(OFFICER))}"},
    "forged": {ELSE: bearer(unsigned(JO))},
    "key of a stranger": {ELSE: bearer(token(JO, "stranger"))},
    "other audience": {ELSE: bearer(token(JO, aud="https://evil.example"))},
    "no audience": {ELSE: bearer(token(JO, aud=None))},
    "many audiences": {ELSE: bearer(token(JO, aud=[AUDIENCE, "https://evil.example"]))},
    "other issuer": {ELSE: bearer(token(JO, iss="https://evil.example"))},
    "expired": {ELSE: bearer(token(JO, iat=HOUR_AGO, exp=HOUR_AGO + 3600))},
    "expired, stripped": {FIRST: bearer(stripped(token(JO, iat=HOUR_AGO, exp=HOUR_AGO + 3600)))},
    "other audience, stripped": {FIRST: bearer(stripped(token(JO, aud="https://evil.example")))},
    "not yet": {ELSE: bearer(token(JO, iat=NEXT_DAY, exp=NEXT_DAY + 3600))},
    "not verified": {ELSE: bearer(token(JO, email_verified=False))},
    "verified as text": {ELSE: bearer(token(JO, email_verified="true"))},
    "not said to be verified": {ELSE: bearer(token(JO, email_verified=None))},
    "no address": {ELSE: bearer(token(None))},
    "long address": {ELSE: bearer(token(f"{'j' * 255}@bank.example"))},
}


@pytest.mark.usefixtures("on_cloud_run")
@pytest.mark.parametrize("headers", BAD.values(), ids=BAD.keys())
def test_on_cloud_run_nothing_else_tells_who_calls(headers: dict[str, str]) -> None:
    with pytest.raises(ProblemError) as refused:
        caller(request(headers=headers))
    assert refused.value.status == 401
    assert not any(part and part in refused.value.detail for part in headers.values())


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
