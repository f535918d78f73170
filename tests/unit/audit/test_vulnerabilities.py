import json

import pytest

from tests.audit.vulnerabilities import finding

SOUND = {"name": "sound", "version": "1", "vulns": []}
WEAK = {"name": "weak", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1", "3"]}]}
UNKNOWN = {"name": "unknown", "skip_reason": "Dependency not found on PyPI and could not be audited"}


@pytest.mark.parametrize(
    ("dependencies", "known", "sentence"),
    [
        ([SOUND], (), "Known vulnerabilities: 0 in 1 packages."),
        ([SOUND, UNKNOWN], (), "Known vulnerabilities: 0 in 2 packages, 1 could not be asked about."),
        ([WEAK], ("weak 2: PYSEC-1, mended in 2.1, 3",), "Known vulnerabilities: 1 in 1 packages."),
        ([UNKNOWN, UNKNOWN], (), "NOT CHECKED"),
        ([], (), "NOT CHECKED"),
    ],
)
def test_what_was_not_asked_is_not_called_sound(
    dependencies: list[dict[str, object]], known: tuple[str, ...], sentence: str
) -> None:
    found = finding(json.dumps({"dependencies": dependencies}))
    assert found.known == known
    assert sentence in found.sentence


def test_no_report_is_no_answer() -> None:
    assert "NOT CHECKED" in finding("").sentence
