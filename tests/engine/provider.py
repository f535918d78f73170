"""A provider for Pulumi's engine that makes resources in a cloud on the disk; Google's is not served here."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from infra.policy.inventory import Resource
from infra.policy.plugin import serve
from infra.rehearsal.answers import answers
from tests.engine.cloud import Cloud, Properties, RefusedError

_REPLACES = {
    "accountId",
    "bucket",
    "collection",
    "datasetId",
    "location",
    "locationId",
    "member",
    "partitionsCount",
    "project",
    "region",
    "role",
    "secretData",
    "secretId",
    "source",
    "tableId",
    "topic",
    "topicName",
    "transitEncryptionMode",
}
"""Properties that no resource of ours can change in place."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Echoes what it is given, adds what the program goes on from, and honours what guards a resource."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Tell a version."""
        return plugin_pb2.PluginInfo(version="0.0.1")

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Take any configuration."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """See no difference."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Leave previews and the marking of secrets to the engine."""
        return provider_pb2.ConfigureResponse(supportsPreview=False)

    def Check(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Take any inputs."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Compare inputs, files by their hash."""
        old, new = _plain(request.old_inputs), _plain(request.news)
        changed = sorted(name for name in old.keys() | new.keys() if _known(old.get(name)) != _known(new.get(name)))
        kinds = provider_pb2.DiffResponse
        replaces = [name for name in changed if name in _REPLACES]
        return kinds(changes=kinds.DIFF_SOME if changed else kinds.DIFF_NONE, diffs=changed, replaces=replaces)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Make a resource."""
        kind, name, inputs = _asked(request)
        try:
            made = self._cloud.create(kind, name, inputs)
        except RefusedError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return provider_pb2.CreateResponse(id=made, properties=_struct(_outputs(kind, name, inputs)))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Change a resource."""
        kind, name = _named(request.urn)
        inputs = _plain(request.news)
        try:
            self._cloud.update(kind, request.id, name, inputs)
        except RefusedError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return provider_pb2.UpdateResponse(properties=_struct(_outputs(kind, name, inputs)))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Tell how a resource stands; no id where it is gone."""
        kind, name = _named(request.urn)
        held = self._cloud.read(kind, request.id)
        if held is None:
            return provider_pb2.ReadResponse()
        outputs = _struct(_outputs(kind, name, held))
        return provider_pb2.ReadResponse(id=request.id, properties=outputs, inputs=_struct(held))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Delete a resource."""
        kind, name = _named(request.urn)
        try:
            self._cloud.delete(kind, request.id, name, _plain(request.properties))
        except RefusedError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Take note."""
        return empty_pb2.Empty()


def _asked(request: Any) -> tuple[str, str, Properties]:  # noqa: ANN401  gRPC
    return (*_named(request.urn), _plain(request.properties))


def _named(urn: str) -> tuple[str, str]:
    """Return the type and the name in a URN; a type is led by those of its parents."""
    *_, kinds, name = urn.split("::")
    return kinds.split("$")[-1], name


def _outputs(kind: str, name: str, inputs: Properties) -> Properties:
    return inputs | answers(Resource(kind, name, {}).kind, name, inputs)


def _plain(struct: struct_pb2.Struct) -> Properties:
    plain: Properties = json_format.MessageToDict(struct)
    return plain


def _struct(properties: Properties) -> struct_pb2.Struct:
    return json_format.ParseDict(properties, struct_pb2.Struct())


def _known(value: object) -> str:
    """Return a value's text; of a file its hash, wherever it lies."""
    return json.dumps({"hash": value["hash"]} if isinstance(value, dict) and "hash" in value else value, sort_keys=True)


if __name__ == "__main__":
    sys.setswitchinterval(0.05)
    place = Cloud(Path(os.environ["STAND_IN_CLOUD"]))
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(place), server))
