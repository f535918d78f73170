"""The process behind `make up`: `python -m infra.local.stack.serve ROOT [COMPONENT...]` runs components until a signal
ends it.

It tells its progress on standard output, and lets go of that once everything is ready; its log is standard error.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event

from pydantic import ValidationError

from infra.local.errors import StackError
from infra.local.stack.catalogue import SERVICES
from infra.local.stack.host import hosted, sentence
from infra.local.stack.supervisor import Supervisor


def main(root: Path, components: Sequence[str]) -> None:
    """Run the components below `root`; exits with a sentence if it cannot."""
    try:
        with hosted(root, components, _tell_ready) as stack:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            Supervisor(stack, _tell).watch(Event())
    except KeyboardInterrupt:
        _tell("The stack was told to stop.")
    except (StackError, ValidationError) as error:
        _tell(sentence(error))
        sys.exit(1)


def _tell(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def _tell_ready(name: str, seconds: float) -> None:
    _tell(f"{name} is ready after {seconds:.1f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or SERVICES)
