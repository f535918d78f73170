"""The drill, run by an operator and by the clock: through the endpoint, recorded, and failing where the endpoint does.

Google's metadata server, which gives out identity tokens, is played by a server of ours: there is none outside Google.
"""

import json
import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import time
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from functions_framework import create_app
from google.auth import jwt

from fraud_service.keys import key_ring
from infra.local.machine.workspace import REPOSITORY
from tests.integration.gdpr_erasure.estate import Estate

ACCOUNT = b'{"email": "erasure-drill@acme.iam.gserviceaccount.com", "aliases": ["default"], "scopes": []}'
DRILL = REPOSITORY / "functions" / "erasure_drill" / "main.py"


def run(estate: Estate, **changes: str) -> tuple[int, dict[str, object]]:
    """Run a drill; return its exit code and its last line."""
    keys = {"PII_HMAC_KEYS_FILE": str(estate.stack.workspace.hmac_keys_file)}
    environment = os.environ | estate.stack.environment | keys | {"PYTHONPATH": str(REPOSITORY / "functions")}
    finished = subprocess.run(
        [sys.executable, "-m", "fraud_service.erasure.drill"],
        env=environment | changes,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return finished.returncode, json.loads(finished.stdout.splitlines()[-1])


def recorded(estate: Estate, since: datetime) -> list[bool]:
    """Return how the drills since a moment went."""
    held = (snapshot.to_dict() or {} for snapshot in estate.documents.collection("erasure_drills").stream())
    return [drill["passed"] for drill in held if drill["at"] > since]


def test_a_synthetic_subject_is_erased_and_the_drill_recorded(estate: Estate) -> None:
    began = datetime.now(UTC)
    estate.settle()
    code, told = run(estate)
    assert (code, told["event"]) == (0, "erasure_drill_passed"), told
    assert recorded(estate, began) == [True]


def test_a_drill_that_cannot_reach_the_endpoint_fails_loudly(estate: Estate) -> None:
    began = datetime.now(UTC)
    code, told = run(estate, ERASURE_URL="http://127.0.0.1:1")
    assert (code, told["event"], told["severity"]) == (1, "erasure_drill_failed", "ERROR")
    assert recorded(estate, began) == [False]


@pytest.fixture
def clock(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """The function, as Cloud Scheduler calls it."""
    monkeypatch.setenv("PII_HMAC_KEYS_FILE", str(estate.stack.workspace.hmac_keys_file))
    key_ring.cache_clear()
    yield create_app("erasure_drill", str(DRILL)).test_client()
    key_ring.cache_clear()


def test_the_clock_s_drill_passes_and_is_recorded(estate: Estate, clock: FlaskClient) -> None:
    began = datetime.now(UTC)
    estate.settle()
    told = clock.post("/")
    assert (told.status_code, told.get_json()["passed"]) == (200, True)
    assert recorded(estate, began) == [True]


def test_the_clock_is_told_of_a_failed_drill(
    estate: Estate, clock: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = datetime.now(UTC)
    monkeypatch.setenv("ERASURE_URL", "http://127.0.0.1:1")
    told = clock.post("/")
    assert (told.status_code, told.content_type) == (500, "application/problem+json")
    assert recorded(estate, began) == [False]


class Google(ThreadingHTTPServer):
    """The metadata server, and an endpoint behind IAM that notes the tokens it is shown and refuses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.shown: list[str] = []


class Answers(BaseHTTPRequestHandler):
    """What Google answers."""

    server: Google

    def do_GET(self) -> None:
        """Give out a token for the audience asked for, or say whose server this is."""
        asked = parse_qs(urlsplit(self.path).query).get("audience")
        self.send_response(200)
        self.send_header("Metadata-Flavor", "Google")
        self.send_header("Content-Type", "text/plain" if asked else "application/json")
        self.end_headers()
        self.wfile.write(unsigned({"aud": asked[0], "exp": int(time()) + 3600}) if asked else ACCOUNT)

    def do_POST(self) -> None:
        """Refuse, having noted who asked."""
        self.server.shown.append(self.headers.get("Authorization", ""))
        self.send_error(403)


def unsigned(claims: dict[str, object]) -> bytes:
    """Return a token that carries claims and no valid signature."""
    parts = (urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "RS256"}, claims))
    return b".".join([*parts, b"bm9uZQ"])


@pytest.fixture
def google() -> Iterator[Google]:
    with Google() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_on_cloud_run_the_endpoint_is_shown_an_identity_token_for_it(estate: Estate, google: Google) -> None:
    host = f"127.0.0.1:{google.server_port}"
    metadata = {"K_SERVICE": "erasure-drill", "GCE_METADATA_HOST": host, "GCE_METADATA_IP": host}
    code, told = run(estate, ERASURE_URL=f"http://{host}", **metadata)
    assert (code, told["reason"]) == (1, "the erasure service answers 403")
    [shown] = google.shown
    assert jwt.decode(shown.removeprefix("Bearer "), verify=False)["aud"] == f"http://{host}"
