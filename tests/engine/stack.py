"""A stack on Pulumi's real engine: a copy of the tree, a state in a folder, and the stand-ins as its plugins."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from infra.rehearsal.program import KEYS
from tests.engine.build import build
from tests.engine.cloud import Cloud

REPOSITORY = Path(__file__).parents[2]
PASSPHRASE = "for a state that nobody keeps"  # noqa: S105  the state is thrown away
_TREE = ("Pulumi.yaml", "requirements.txt", "infra", "functions", "dataproc_jobs", "sql")
_PROVIDERS = {"gcp": "pulumi-gcp", "confluentcloud": "pulumi-confluentcloud"}
_PATIENCE_S = 3_000


@dataclass(frozen=True)
class Stack:
    """A stack in a folder."""

    name: str
    folder: Path

    @classmethod
    def begin(cls, name: str, folder: Path) -> "Stack":
        """Copy the tree, make the plugins and an empty stack with its secrets."""
        stack = cls(name, folder)
        for part in _TREE:
            _copy(REPOSITORY / part, stack.tree / part)
        stack._plugins()
        stack._packages()
        stack._settle_at_once()
        (folder / "state").mkdir()
        for command in (
            ("login", f"file://{folder}/state"),
            ("stack", "init", name),
            ("config", "set", "--secret", "pii_hmac_keys", KEYS.get_secret_value()),
        ):
            stack.pulumi(*command)
        return stack

    @property
    def tree(self) -> Path:
        """The copy of the repository."""
        return self.folder / "tree"

    @property
    def cloud(self) -> Cloud:
        """What the stand-in providers have made."""
        return Cloud(self.folder / "cloud")

    def pulumi(self, *arguments: str, succeeds: bool = True, **environment: str) -> str:
        """Run a command and return what it said. Raises AssertionError if it ends otherwise than it should."""
        done = subprocess.run(  # noqa: S603  no shell
            [str(build() / "pulumi"), "--non-interactive", *arguments],
            cwd=self.tree,
            env=self._environment() | environment,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        said = done.stdout + done.stderr
        assert (done.returncode == 0) is succeeds, said
        return said

    def do(self, verb: str, *, succeeds: bool = True, **environment: str) -> list[tuple[str, str]]:
        """Run up, refresh or destroy; return what the cloud was asked to do: the deed and the name, in order."""
        before = len(list(self.cloud.done()))
        flags = ("--yes", "--skip-preview", "--stack", self.name)
        self.pulumi(verb, *flags, succeeds=succeeds, **environment)
        return [(deed, name) for deed, _, name in list(self.cloud.done())[before:]]

    def state(self) -> Any:  # noqa: ANN401  JSON
        """Return the state, its secrets encrypted."""
        return json.loads(self.pulumi("stack", "export", "--stack", self.name))

    def _environment(self) -> dict[str, str]:
        home = self.folder / "home"
        return os.environ | {
            "PULUMI_HOME": str(home),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_PYTHON_EXEC": str(build() / "pulumi-language-python-exec"),
            "PYTHONPATH": os.pathsep.join(str(path) for path in (self.tree, self.tree / "functions", REPOSITORY)),
            "PATH": f"{home}/bin{os.pathsep}{os.environ['PATH']}",
            "STAND_IN_CLOUD": str(self.cloud.folder),
        }

    def _plugins(self) -> None:
        home = self.folder / "home"
        _script(home / "bin" / "pulumi-language-python", "tests.engine.language_host")
        for name, package in _PROVIDERS.items():
            folder = home / "plugins" / f"resource-{name}-v{version(package)}"
            _script(folder / f"pulumi-resource-{name}", "tests.engine.provider")

    def _packages(self) -> None:
        """Put an archive where the job's packages are expected: nobody here unpacks it, and they are 110 MB."""
        ask = "from infra.artifacts import prepare; print(prepare(()).job.dependencies.path)"
        command = [sys.executable, "-W", "ignore", "-c", ask]
        done = subprocess.run(  # noqa: S603  this interpreter, no shell
            command, cwd=self.tree, env=self._environment(), capture_output=True, text=True, check=True
        )
        place = Path(done.stdout.strip())
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"packages")

    def _settle_at_once(self) -> None:
        """Let rights be in force at once, as the stand-in's are."""
        file = self.tree / "infra" / "stacks" / f"Pulumi.{self.name}.yaml"
        document = yaml.safe_load(file.read_text())
        document["config"]["payment-fraud:stack"]["rights_in_force_after_s"] = 0
        file.write_text(yaml.safe_dump(document, sort_keys=False))


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def _script(place: Path, module: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -W ignore -m {module} "$@"\n')
    place.chmod(0o755)
