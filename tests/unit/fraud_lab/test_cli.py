import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fraud_lab.__main__ import app

RULE = {"rule_id": "block", "expression": "fraud_cout > 2", "action": "BLOCK_CARD"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (json.dumps([RULE]), "did you mean fraud_count?"),
        (json.dumps([RULE | {"expression": "true"}] * 2), "two rules have this id"),
        ("{}", "rule file"),
        (None, "No such file"),
    ],
)
def test_a_bad_file_is_told_in_one_line(tmp_path: Path, content: str | None, told: str) -> None:
    file = tmp_path / "rules.json"
    if content is not None:
        file.write_text(content)
    done = CliRunner().invoke(app, ["backtest", str(file), "--since", "2026-03-01"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no .local/env here
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    done = CliRunner().invoke(app, ["backtest", "live", "--since", "2026-03-01"])
    assert (done.exit_code, done.stderr.splitlines()) == (2, ["GOOGLE_CLOUD_PROJECT: Field required"])


def test_it_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "fraud_lab", "--help"], check=True, capture_output=True, text=True)
    assert "backtest" in done.stdout
