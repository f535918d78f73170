"""Where one stack keeps its data, logs, secrets and addresses."""

from pathlib import Path

from infra.local.machine.ports import PortBook

REPOSITORY = Path(__file__).resolve().parents[3]
"""The source tree this module belongs to: the programs the stack starts live there."""


class Workspace:
    """The `.local` folder below a root; its folders are made when they are asked for."""

    def __init__(self, root: Path) -> None:
        self.home = root.resolve() / ".local"
        self.home.mkdir(parents=True, exist_ok=True)
        self.ports = PortBook(self.home / "ports.json")
        self.environment_file = self.home / "env"
        self.pids_file = self.home / "pids"
        self.lock_file = self.home / "lock"
        self.checkpoint = self.home / "checkpoint"
        self.hmac_keys_file = self.home / "secrets" / "pii-hmac-keys.json"

    def data(self, component: str) -> Path:
        """Return the folder with the component's data, which survives `down` and `up`."""
        folder = self.home / component
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def log(self, component: str) -> Path:
        """Return the component's log file."""
        folder = self.home / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{component}.log"

    def forget_addresses(self) -> None:
        """Remove the files that tell where a stack runs."""
        self.environment_file.unlink(missing_ok=True)
        self.pids_file.unlink(missing_ok=True)


def write_whole(file: Path, text: str) -> None:
    """Replace a file's text at once: no reader sees half of it."""
    fresh = file.with_name(f"{file.name}.fresh")
    fresh.parent.mkdir(parents=True, exist_ok=True)
    fresh.write_text(text)
    fresh.replace(file)
