from pathlib import Path

import pytest
from typer.testing import CliRunner

from sql.__main__ import app


def test_missing_project_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    result = CliRunner().invoke(app, ["apply"])
    assert result.exit_code == 2
    assert "GOOGLE_CLOUD_PROJECT" in result.output


@pytest.mark.parametrize("arguments", [["--help"], ["apply", "--help"], ["drift", "--help"]])
def test_help(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 0
