"""The drill, run as an operator runs it: through the endpoint, recorded, and failing where the endpoint does."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

from infra.local.workspace import REPOSITORY
from tests.integration.gdpr_erasure.estate import Estate


def run(estate: Estate, **changes: str) -> tuple[int, dict[str, object]]:
    """Run a drill; return its exit code and its last line."""
    keys = {"PII_HMAC_KEYS_FILE": str(estate.stack.workspace.hmac_keys_file)}
    environment = os.environ | estate.stack.environment | keys | {"PYTHONPATH": str(REPOSITORY / "functions")}
    finished = subprocess.run(
        [sys.executable, "-m", "fraud_service.erasure_drill"],
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
