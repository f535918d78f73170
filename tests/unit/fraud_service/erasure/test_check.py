"""What the check says of a question that it cannot ask; what it finds is looked at on real stores."""

import os
import subprocess
import sys

import pytest

from infra.local.machine.workspace import REPOSITORY


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("4111111111111111", "standard input must be a JSON object"),
        ("", "standard input must be a JSON object"),
        ('{"card": "4111111111111111"}', "standard input must be a JSON object"),
        (f'{{"card_token": "{"a" * 64}"}}', "PII_HMAC_KEYS"),
    ],
)
def test_bad_input_is_told_in_one_sentence_without_its_value(body: str, told: str) -> None:
    command = [sys.executable, "-m", "fraud_service.erasure.check", "subject"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY / "functions")}
    finished = subprocess.run(  # noqa: S603  our own module
        command, env=environment, input=body, capture_output=True, text=True, check=False, timeout=60
    )
    assert (finished.returncode, finished.stdout) == (2, "")
    assert told in finished.stderr
    assert finished.stderr.count("\n") == 1
    assert "4111" not in finished.stderr
