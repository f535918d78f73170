"""What a function installs: its own pins and all that these need, with their hashes, out of the project's lock.

Cloud Build's pip checks every package against its hash as soon as one has any, and installs no package without
(pip.pypa.io, secure installs): what was tested is what runs.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

WHEELS_ONLY = "--only-binary :all:"
"""Nothing is built: what a build would fetch has no hash."""

_BLOCK = re.compile(r"^(?P<name>[a-z0-9-]+)==[^\n]*(?:\n +[^\n]+)*", re.MULTILINE)
_USER = re.compile(r"^ +#(?: via)? +(?P<name>[a-z0-9-]+)", re.MULTILINE)


class _Pin(NamedTuple):
    users: frozenset[str]
    text: str


def locked(requirements: str, lock: str) -> str:
    """Return requirements with their needs and all hashes. Raises ValueError for one that the lock does not hold."""
    pins = dict(_pins(lock))
    wanted = set(requirements.split())
    held = {text.split()[0] for _, text in pins.values()}
    if missing := sorted(wanted - held):
        raise ValueError(f"requirements.txt does not hold {', '.join(missing)}: run make lock")
    found: set[str] = set()
    more = {pin.split("==")[0] for pin in wanted}
    while more - found:
        found |= more
        more = {name for name, pin in pins.items() if pin.users & found}
    return "\n".join([WHEELS_ONLY, *(pins[name].text for name in sorted(found))]) + "\n"


def _pins(lock: str) -> Iterator[tuple[str, _Pin]]:
    """Yield each package of a lock as uv writes it: who needs it, and its pin with its hashes."""
    for block in _BLOCK.finditer(lock):
        text, _, comment = block[0].partition("\n    # via")
        users = _USER.finditer(f"    # via{comment}")
        yield block["name"], _Pin(frozenset(user["name"] for user in users), text)
