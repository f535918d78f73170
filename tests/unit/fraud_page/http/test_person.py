import pytest
from google.auth import crypt, jwt

from fraud_page.http.person import given_name, person, person_or_none, privacy_officer
from fraud_service.http.problem import ProblemError
from tests.unit.fraud_page.requests import request


class Unsigned(crypt.Signer):
    """Cloud Run takes signatures away."""

    key_id = None

    def sign(self, message: bytes | str) -> bytes:
        del message
        return b""


def token(**claims: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {jwt.encode(Unsigned(), claims).decode()}"}


def test_on_one_machine_a_person_is_who_they_say() -> None:
    assert person(request(headers={"Cookie": "person=jo"})) == "jo"
    assert person_or_none(request()) is None
    with pytest.raises(ProblemError, match="say who you are") as raised:
        person(request())
    assert raised.value.status == 401


def test_on_cloud_run_only_the_checked_token_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K_SERVICE", "fraud-dashboard")
    mine = token(email="kim@example.org")
    assert person(request(headers=mine | {"Cookie": "person=jo"})) == "kim@example.org"
    assert person_or_none(request(headers={"Cookie": "person=jo"})) is None
    with pytest.raises(ProblemError):
        given_name("jo")


@pytest.mark.parametrize("officers", [None, (), ("lee@example.org",)])
def test_on_cloud_run_a_subject_s_data_are_for_the_officers_named(
    monkeypatch: pytest.MonkeyPatch, officers: tuple[str, ...] | None
) -> None:
    monkeypatch.setenv("K_SERVICE", "fraud-dashboard")
    with pytest.raises(ProblemError, match="PRIVACY_OFFICERS") as raised:
        privacy_officer(request(headers=token(email="kim@example.org")), officers)
    assert raised.value.status == 403
    assert privacy_officer(request(headers=token(email="kim@example.org")), ("kim@example.org",)) == "kim@example.org"


def test_on_one_machine_they_are_for_anybody_unless_officers_are_named() -> None:
    jo = request(headers={"Cookie": "person=jo"})
    assert privacy_officer(jo, None) == "jo"
    assert privacy_officer(jo, ("jo",)) == "jo"
    with pytest.raises(ProblemError) as raised:
        privacy_officer(jo, ("kim",))
    assert raised.value.status == 403


@pytest.mark.parametrize("name", ["jo", " Jo Doe ", "jo.doe+1@example.org"])
def test_a_name_may_be_given(name: str) -> None:
    assert given_name(name) == name.strip()


@pytest.mark.parametrize("name", ["", " ", "a;b", "a\nb", 'a"b', "a" * 255, "jö", "a=b"])
def test_what_a_cookie_cannot_hold_is_no_name(name: str) -> None:
    with pytest.raises(ProblemError) as raised:
        given_name(name)
    assert (raised.value.status, raised.value.field) == (400, "name")
