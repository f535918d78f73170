import ast
import re
from pathlib import Path

import pytest

from simulator.publishing.producer import PRODUCER_SETTINGS

REPOSITORY = Path(__file__).parents[3]
PAGE = (REPOSITORY / "docs" / "kafka-idempotent-producer.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize(("setting", "value"), PRODUCER_SETTINGS.items())
def test_every_setting_of_the_producer_is_explained(setting: str, value: object) -> None:
    written = str(value).lower() if isinstance(value, bool) else str(value)
    assert any(f"`{setting}`" in row and f"`{written}`" in row for row in ROWS)


def test_every_test_the_page_names_exists() -> None:
    named = re.findall(r"(test_\w+\.py)::(test_\w+)", PAGE)
    assert len(named) > 5
    for file, test in named:
        tree = ast.parse((REPOSITORY / "tests" / "integration" / "simulator" / file).read_text())
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
