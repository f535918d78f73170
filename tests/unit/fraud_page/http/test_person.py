from collections.abc import Callable

import pytest

from fraud_page.http.person import given_name, person, person_or_none
from fraud_service.http.problem import ProblemError
from tests.tokens import KEY_ID, assertion, stripped, token, unsigned
from tests.unit.fraud_page.requests import request

Made = Callable[[], dict[str, str]]
"""Headers made when the test runs: a suite may have collected it an hour before."""

IAP = "X-Goog-IAP-JWT-Assertion"
KIM, JO = "kim@bank.example", "jo@bank.example"


def test_on_one_machine_a_person_is_who_they_say() -> None:
    assert person(request(headers={"Cookie": "csrf=x; person=jo"})) == "jo"
    assert person_or_none(request()) is None
    with pytest.raises(ProblemError, match="say who you are") as raised:
        person(request())
    assert raised.value.status == 401


@pytest.mark.usefixtures("behind_iap")
@pytest.mark.parametrize(
    "beside",
    [
        dict,
        lambda: {"Cookie": "person=jo"},
        lambda: {"X-Serverless-Authorization": f"Bearer {token('service-1@gcp-sa-iap.iam.gserviceaccount.com')}"},
        lambda: {
            "Authorization": f"Bearer {token(JO)}",
            "X-Goog-Authenticated-User-Email": f"accounts.google.com:{JO}",
        },
    ],
    ids=range(4),
)
def test_behind_iap_its_assertion_tells_who_looks(beside: Made) -> None:
    assert person(request(headers={IAP: assertion(KIM), **beside()})) == KIM


@pytest.mark.usefixtures("behind_iap")
@pytest.mark.parametrize(
    "headers",
    [
        lambda: {"Cookie": f"person={KIM}"},
        lambda: {"X-Goog-Authenticated-User-Email": f"accounts.google.com:{KIM}"},
        lambda: {"Authorization": f"Bearer {token(KIM)}"},
        lambda: {"X-Serverless-Authorization": f"Bearer {token(KIM)}"},
        lambda: {IAP: unsigned(KIM)},
        lambda: {IAP: stripped(assertion(KIM))},
        lambda: {IAP: token(KIM)},
        lambda: {IAP: assertion(KIM, KEY_ID)},
        lambda: {IAP: assertion(KIM, aud="/projects/1/global/backendServices/2")},
        lambda: {IAP: assertion(KIM, iss="https://accounts.google.com")},
        lambda: {IAP: assertion(KIM, iat=1_000_000_000, exp=1_000_000_600)},
        lambda: {IAP: assertion("")},
    ],
    ids=range(12),
)
def test_behind_iap_nothing_else_tells_who_looks(headers: Made) -> None:
    assert person_or_none(request(headers=headers())) is None
    with pytest.raises(ProblemError) as raised:
        person(request(headers=headers()))
    assert raised.value.status == 401


@pytest.mark.usefixtures("on_cloud_run")
def test_by_the_documented_proxy_the_token_that_cloud_run_checked_counts() -> None:
    proxied = {"X-Serverless-Authorization": f"Bearer {stripped(token(KIM))}", "Cookie": "person=jo"}
    assert person(request(headers=proxied)) == KIM
    with pytest.raises(ProblemError):
        person(request(headers=proxied | {"Authorization": f"Bearer {unsigned(JO)}"}))
    with pytest.raises(ProblemError):
        given_name("jo")


@pytest.mark.parametrize("name", ["jo", " Jo Doe ", "jo.doe+1@example.org"])
def test_a_name_may_be_given(name: str) -> None:
    assert given_name(name) == name.strip()


@pytest.mark.parametrize("name", ["", " ", "a;b", "a\nb", 'a"b', "a" * 255, "jö", "a=b"])
def test_what_a_cookie_cannot_hold_is_no_name(name: str) -> None:
    with pytest.raises(ProblemError) as raised:
        given_name(name)
    assert (raised.value.status, raised.value.field) == (400, "name")
