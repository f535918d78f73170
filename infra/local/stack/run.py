"""The process behind `make run`: `python -m infra.local.stack.run ROOT` shows a stack with traffic until Ctrl-C."""

import sys
from functools import partial
from pathlib import Path
from threading import Event

from pydantic import ValidationError
from rich.console import Console

from infra.local.errors import StackError
from infra.local.machine.background import in_background
from infra.local.stack.catalogue import EVERYTHING
from infra.local.stack.endpoints import endpoint_table, process_table
from infra.local.stack.host import hosted, sentence
from infra.local.stack.supervisor import Supervisor
from infra.local.view import terminal
from infra.local.view.figures import Reader
from infra.local.view.watch import watch


def main(root: Path, console: Console) -> None:
    """Run everything below `root` in the foreground; exits with a sentence if it cannot."""
    try:
        with hosted(root, EVERYTHING, partial(_tell_ready, console)) as stack:
            console.print(endpoint_table(stack.workspace), process_table(stack.workspace))
            console.print(f"Live page: {stack.environment['DASHBOARD_URL']}/fraud-alerts")
            stopped = Event()
            in_background(partial(Supervisor(stack, console.print).watch, stopped))
            watch(Reader(stack.environment), console, stopped)
    except KeyboardInterrupt:
        console.print("Everything has stopped; the data stays in .local until `make clean`.")
    except (StackError, ValidationError) as error:
        console.print(sentence(error), soft_wrap=True, markup=False)
        sys.exit(1)


def _tell_ready(console: Console, name: str, seconds: float) -> None:
    console.print(f"{name} is ready after {seconds:.1f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), terminal.console())
