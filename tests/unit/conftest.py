"""A process as Cloud Run starts it, whose tokens are signed by keys of the tests."""

from collections.abc import Iterator

import pytest

from fraud_page.http import person
from fraud_service.http import caller
from fraud_service.http.certificates import Certificates
from tests.tokens import AUDIENCE, IAP_AUDIENCE, IAP_KEY_ID, keys

CACHES = (caller.caller_settings, caller.google_keys, person.door, person.iap_keys)
ACCOUNTS = {
    "PRIVACY_OFFICERS": '["kim@bank.example"]',
    "PRIVACY_SERVICES": '["fraud-dashboard@acme.iam.gserviceaccount.com"]',
    "PUSH_ACCOUNTS": '["pubsub-push@acme.iam.gserviceaccount.com"]',
    "CLOCK_ACCOUNTS": '["scheduler@acme.iam.gserviceaccount.com"]',
}


@pytest.fixture
def on_cloud_run(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the code believe that it runs on Cloud Run; Google's key servers hold the tests' keys."""
    monkeypatch.setenv("K_SERVICE", "manual-review")
    monkeypatch.setenv("TOKEN_AUDIENCES", f'["{AUDIENCE}"]')
    for name, value in ACCOUNTS.items():
        monkeypatch.setenv(name, value)
    forget()
    google, iap = Certificates("", lambda _: keys()), Certificates("", lambda _: keys(IAP_KEY_ID))
    monkeypatch.setattr(caller, "google_keys", lambda: google)
    monkeypatch.setattr(person, "iap_keys", lambda: iap)
    yield
    monkeypatch.undo()
    forget()


@pytest.fixture
def behind_iap(on_cloud_run: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put Identity-Aware Proxy before it."""
    del on_cloud_run
    monkeypatch.setenv("IAP_AUDIENCE", IAP_AUDIENCE)


def forget() -> None:
    """Read settings anew."""
    for cache in CACHES:
        cache.cache_clear()
