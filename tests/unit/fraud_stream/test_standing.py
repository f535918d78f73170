"""What stands in Firestore, where nobody answers; what it reads is in tests/integration/automation_rules."""

import pytest
from structlog.testing import capture_logs

from fraud_stream.standing import ASK_AGAIN_S, StandingDetections, StandingLists


@pytest.fixture(autouse=True)
def _nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")


@pytest.mark.parametrize("kind", [StandingDetections, StandingLists])
def test_silence_is_told_and_not_asked_for_again_at_once(kind: type[StandingDetections] | type[StandingLists]) -> None:
    moments = [0.0]
    standing = kind("nowhere", lambda: moments[0])
    with capture_logs() as told:
        assert standing() is None
        assert standing() is None
        moments[0] += ASK_AGAIN_S
        assert standing() is None
    assert [(one["event"], one["log_level"]) for one in told] == [("standing_not_read", "error")] * 2
