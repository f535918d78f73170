"""Pulumi's own command line, built from the Go module proxy: pinned, checked by go.sum, kept below ~/.cache."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from infra.local.settings import Settings

MODULE = Path(__file__).parent
_PINS = ("go.mod", "go.sum")
_COMMAND = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_SDK = "github.com/pulumi/pulumi/sdk/v3"
_EXEC = "pulumi-language-python-exec"
_PATIENCE_S = 7_200


def is_possible() -> bool:
    """Tell whether the command line is built already, or Go is there to build it."""
    return (home() / "pulumi").exists() or shutil.which("go") is not None


def home() -> Path:
    """Return the folder of the command line that the pins name."""
    pins = hashlib.sha256(b"".join((MODULE / name).read_bytes() for name in _PINS)).hexdigest()[:16]
    return Settings().cache / "engine" / pins


def build() -> Path:
    """Return the folder with `pulumi` and the script that runs Python programs, built if it is not there.

    Takes ten minutes of CPU the first time. Raises subprocess.CalledProcessError.
    """
    folder = home()
    if not (folder / "pulumi").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _go("mod", "download", _SDK)
        sdk = _go("list", "-mod=readonly", "-m", "-f", "{{.Dir}}", _SDK)
        shutil.copy(Path(sdk) / "python" / "cmd" / _EXEC, folder / _EXEC)
        _go("build", "-mod=readonly", "-o", str(folder / "pulumi.part"), _COMMAND)
        (folder / "pulumi.part").replace(folder / "pulumi")
    return folder


def _go(*arguments: str) -> str:
    cache = Settings().cache / "go"
    places = {"GOMODCACHE": str(cache / "modules"), "GOCACHE": str(cache / "build")}
    done = subprocess.run(  # noqa: S603  no shell
        ["go", *arguments],  # noqa: S607  from the PATH, as all who have Go use it
        cwd=MODULE,
        env=os.environ | places,
        stdout=subprocess.PIPE,
        text=True,
        timeout=_PATIENCE_S,
        check=True,
    )
    return done.stdout.strip()
