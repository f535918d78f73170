"""Where a running stack is reached, as people read it."""

from rich.table import Table

from infra.local.machine.workspace import Workspace
from infra.local.stack.lifecycle import running


def read_environment(workspace: Workspace) -> dict[str, str]:
    """Return the variables of `.local/env`, none without the file."""
    if not workspace.environment_file.exists():
        return {}
    lines = workspace.environment_file.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line)


def endpoint_table(workspace: Workspace) -> Table:
    """Return the addresses and where they are written."""
    table = Table("variable", "value", title=f"Written to {workspace.environment_file}")
    for name, value in read_environment(workspace).items():
        table.add_row(name, value)
    return table


def process_table(workspace: Workspace) -> Table:
    """Return the processes with their logs."""
    table = Table("component", "pid", "state", "log")
    for name, (pid, alive) in running(workspace).items():
        table.add_row(name, str(pid), "running" if alive else "ended", str(workspace.log(name)))
    return table
