from pathlib import Path

from infra.local.machine.workspace import Workspace
from infra.local.stack.endpoints import endpoint_table, process_table, read_environment


def test_the_environment_file_is_read_back(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert read_environment(workspace) == {}
    workspace.environment_file.write_text("A=1\nURL=http://h:1/?q=2\n")
    assert read_environment(workspace) == {"A": "1", "URL": "http://h:1/?q=2"}


def test_the_tables_are_empty_while_nothing_runs(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.pids_file.write_text("kafka 1\n")
    assert endpoint_table(workspace).row_count == process_table(workspace).row_count == 0
