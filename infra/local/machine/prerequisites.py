"""What the machine must bring: Java 17 or newer, and Google's emulators from the Cloud SDK."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from infra.local.errors import MissingPrerequisiteError
from infra.local.settings import Settings

_JAVA_NEEDED = 17
_SDK_PLACES = (
    "/usr/lib/google-cloud-sdk",
    "/usr/share/google-cloud-sdk",
    "/opt/google-cloud-sdk",
    "/opt/homebrew/share/google-cloud-sdk",
    "/usr/local/share/google-cloud-sdk",
    "/snap/google-cloud-cli/current",
    "~/google-cloud-sdk",
)


def find_java(settings: Settings) -> Path:
    """Return the Java launcher; raises MissingPrerequisiteError if there is none, or only an old one."""
    named = settings.java_home and settings.java_home / "bin" / "java"
    found = named or shutil.which("java")
    if found is None or _major(java_version(Path(found))) < _JAVA_NEEDED:
        raise MissingPrerequisiteError(
            f"Java {_JAVA_NEEDED} or newer is missing: install it, for example with `apt-get install "
            "openjdk-17-jre-headless` or `brew install openjdk@17`, or point JAVA_HOME at it."
        )
    return Path(found)


@cache
def java_version(java: Path) -> str:
    """Return what a Java launcher calls its version, empty if it does not run."""
    try:
        command = [str(java), "-version"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stderr  # noqa: S603 - no shell
    except (OSError, subprocess.CalledProcessError):
        return ""


def _major(version: str) -> int:
    match = re.search(r'version "(?:1\.)?(\d+)', version)
    return int(match[1]) if match else 0


def find_emulator(component: str, jar: str, settings: Settings) -> Path:
    """Return an emulator's jar by its pattern in the folder of the Cloud SDK's component; of several, the last by name.

    Raises MissingPrerequisiteError when no SDK on this machine has it.
    """
    for sdk in _sdk_roots(settings):
        if jars := sorted((sdk / "platform" / component).glob(jar)):
            return jars[-1]
    raise MissingPrerequisiteError(
        f"Google's {component} is missing: install it with `gcloud components install {component}` "
        f"(or `apt-get install {_debian_package(component)}`), or point CLOUDSDK_ROOT_DIR at a Cloud SDK that has it."
    )


def _debian_package(component: str) -> str:
    return f"google-cloud-cli-{component.removeprefix('cloud-')}"


def _sdk_roots(settings: Settings) -> list[Path]:
    if settings.cloud_sdk_root:
        return [settings.cloud_sdk_root]
    gcloud = shutil.which("gcloud")
    own = [Path(gcloud).resolve().parents[1]] if gcloud else []
    return own + [Path(place).expanduser() for place in _SDK_PLACES]
