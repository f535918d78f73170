"""The licences of what is installed, held against those that we may use."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import distributions

ALLOWED = frozenset(
    {"0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0"}
    | {"MPL-2.0", "PSF-2.0", "Zlib", "public domain"}
)
"""Licences that ask for no more than their notice; MPL-2.0 asks for changes to its own files, and we change none."""

_NAMES = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache license": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd license": "BSD",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "public domain": "public domain",
    "python software foundation license": "PSF-2.0",
}
"""What packages call a licence, in lower case, where it is not its SPDX name."""

_READ_IN_ITS_FILE = {"axe-playwright-python": ("MIT", "MPL-2.0")}
"""Packages whose metadata name no licence, while their files do: axe-core, which this one carries, is MPL-2.0."""

_UNSAID = {"", "UNKNOWN", "Dual License"}
_CLASSIFIER = "License :: OSI Approved :: "


@dataclass(frozen=True)
class Package:
    """An installed package and what it says of its licence; a choice between two counts as both."""

    name: str
    version: str
    licences: tuple[str, ...]

    @property
    def is_allowed(self) -> bool:
        """Whether it names a licence, and none that we may not use."""
        return bool(self.licences) and ALLOWED.issuperset(self.licences)


def installed() -> Iterator[Package]:
    """Yield the packages of this environment, by name."""
    for one in sorted(distributions(), key=lambda one: one.name.lower()):
        metadata = one.metadata
        yield Package(
            one.name,
            one.version,
            licences(
                " ".join(metadata.get_all("License-Expression") or ()),
                " ".join(metadata.get_all("License") or ()),
                metadata.get_all("Classifier") or (),
            )
            or _READ_IN_ITS_FILE.get(one.name, ()),
        )


def licences(expression: str, text: str, classifiers: Iterable[str]) -> tuple[str, ...]:
    """Return the licences that a package's metadata name: the expression, else the classifiers, else the old field."""
    approved = [_spdx(entry.removeprefix(_CLASSIFIER)) for entry in classifiers if entry.startswith(_CLASSIFIER)]
    return _parts(expression) or tuple(sorted(approved)) or _parts(text.strip().split("\n")[0].strip())


def _parts(expression: str) -> tuple[str, ...]:
    if expression in _UNSAID:
        return ()
    return tuple(sorted({_spdx(part.strip("() ")) for part in re.split(r" (?:AND|OR) ", expression)}))


def _spdx(name: str) -> str:
    return _NAMES.get(name.lower(), name)
