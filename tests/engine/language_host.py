"""What Pulumi's engine asks to run a Python program: it starts Pulumi's own script for that, and nothing else.

Pulumi's language host is a Go program that the module proxy does not serve.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from infra.policy.plugin import serve

SHOWN = 32
"""The exit code of a program that has told the user by itself what is wrong."""


class Host(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs programs for the engine at an address."""

    def __init__(self, engine: str) -> None:
        self._engine = engine

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Tell a version."""
        return plugin_pb2.PluginInfo(version="0.0.1")

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Require none: the program names its providers as it goes."""
        return language_pb2.GetRequiredPackagesResponse()

    def GetRequiredPlugins(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Require none."""
        return language_pb2.GetRequiredPluginsResponse()

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: ANN401, N802  gRPC
        """Install nothing: they are there."""
        yield from ()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Take note."""
        return empty_pb2.Empty()

    def Run(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Run a program to its end."""
        told = {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        done = subprocess.run(self._command(request), env=os.environ | told, check=False)  # noqa: S603  no shell
        if done.returncode == SHOWN:
            return language_pb2.RunResponse(bail=True)
        error = f"the program ended with {done.returncode}" if done.returncode else ""
        return language_pb2.RunResponse(error=error)

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: ANN401, N802  gRPC
        """Run a plugin written in Python, such as a policy pack, and hand on what it says."""
        process = subprocess.Popen(  # noqa: S603  no shell
            [sys.executable, "-W", "ignore", request.info.program_directory, *request.args],
            cwd=request.pwd,
            env=dict(one.split("=", 1) for one in request.env) or None,
            stdout=subprocess.PIPE,
        )
        context.add_callback(process.kill)
        assert process.stdout is not None
        while said := process.stdout.readline():
            yield language_pb2.RunPluginResponse(stdout=said)
        yield language_pb2.RunPluginResponse(exitcode=process.wait())

    def _command(self, request: Any) -> list[str]:  # noqa: ANN401  gRPC
        program = Path(request.info.program_directory, request.info.entry_point or ".").resolve()
        options = {
            "monitor": request.monitor_address,
            "engine": self._engine,
            "project": request.project,
            "stack": request.stack,
            "pwd": request.pwd,
            "dry_run": str(request.dryRun).lower(),
            "parallel": str(request.parallel),
            "organization": request.organization,
            "root_directory": request.info.root_directory,
        }
        flags = [text for name, value in options.items() for text in (f"--{name}", value)]
        return [sys.executable, "-W", "ignore", os.environ["PULUMI_PYTHON_EXEC"], *flags, str(program)]


if __name__ == "__main__":
    address = next(argument for argument in sys.argv[1:] if not argument.startswith("-"))
    serve(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(address), server))
