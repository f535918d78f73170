"""`python -m infra.local`: the local stack from the command line; the Makefile calls it."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from infra.local.errors import StackError
from infra.local.machine.process import BYTECODE
from infra.local.machine.workspace import REPOSITORY, Workspace
from infra.local.stack import lifecycle
from infra.local.stack.endpoints import endpoint_table, process_table, read_environment
from infra.local.view import terminal

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = terminal.console()

Root = Annotated[Path, typer.Option(help="The folder in which .local is kept.")]
Only = Annotated[
    list[str] | None, typer.Option(help="Start this component and what it needs, not all; may be repeated.")
]

Options = Annotated[list[str] | None, typer.Argument(help="Options of the example, after --; --help lists them.")]

_AN_ATTACK = (
    "  set -a; . .local/env; set +a; .venv/bin/python -m simulator --scenario card-testing --background 0 --no-pace "
    "--duration 60 --seed 7"
)
_SUBSCRIBER = REPOSITORY / "docs" / "examples" / "subscribe_to_alerts.py"


@app.command()
def run(root: Root = REPOSITORY) -> None:
    """Start everything with simulated traffic and show it; Ctrl-C ends all."""
    # A program of its own: the other commands need not wait for the libraries it imports.
    os.chdir(REPOSITORY)
    program = [sys.executable, "-m", "infra.local.stack.run", str(root.resolve())]
    os.execve(program[0], program, {**os.environ, **BYTECODE})  # noqa: S606 - no shell


@app.command()
def up(root: Root = REPOSITORY, only: Only = None) -> None:
    """Start the stack and the job in the background, and return when all is ready."""
    workspace = Workspace(root)
    if not lifecycle.up(workspace, only or [], _tell):
        raise typer.Exit(1)
    console.print(endpoint_table(workspace), process_table(workspace))
    page = read_environment(workspace).get("DASHBOARD_URL")
    if page:
        _tell(f"The page: {page}/fraud-alerts. An attack to see there:\n{_AN_ATTACK}")


@app.command()
def demo(root: Root = REPOSITORY) -> None:
    """Show what it does on an empty stack: traffic with attacks, the proof, and what came of it."""
    os.chdir(REPOSITORY)
    program = [sys.executable, "-m", "infra.local.stack.demo", str(root.resolve())]
    os.execve(program[0], program, {**os.environ, **BYTECODE})  # noqa: S606 - no shell


@app.command()
def down(root: Root = REPOSITORY) -> None:
    """Stop what `up` started; the data stays."""
    _tell("The stack is down." if lifecycle.down(Workspace(root)) else "The stack was not up.")


@app.command()
def clean(root: Root = REPOSITORY) -> None:
    """Stop the stack, and remove its data, logs and keys."""
    lifecycle.clean(Workspace(root))
    _tell("The stack is down and .local is gone.")


@app.command()
def status(root: Root = REPOSITORY) -> None:
    """Show what runs; exits 1 if the stack is down or something in it has ended."""
    workspace = Workspace(root)
    components = lifecycle.running(workspace)
    if not components:
        _tell("The stack is down.")
        raise typer.Exit(1)
    console.print(endpoint_table(workspace), process_table(workspace))
    if not all(alive for _, alive in components.values()):
        raise typer.Exit(1)


@app.command()
def subscribe(options: Options = None, root: Root = REPOSITORY) -> None:
    """Run the example of another team's subscriber of alerts against the stack; Ctrl-C ends it."""
    environment = read_environment(Workspace(root))
    if not environment:
        _tell("The stack is down.")
        raise typer.Exit(1)
    program = [sys.executable, str(_SUBSCRIBER), *(options or [])]
    os.execve(program[0], program, {**os.environ, **BYTECODE, **environment})  # noqa: S606 - no shell


def _tell(sentence: str) -> None:
    console.print(sentence, soft_wrap=True, markup=False)


if __name__ == "__main__":
    try:
        app()
    except StackError as error:
        _tell(str(error))
        sys.exit(1)
