"""The rules as a CrossGuard policy pack: `pulumi up --policy-pack infra/policy` holds a deployment to them.

Pulumi's own SDK for packs wants another protobuf than Google's clients do; the protocol behind it comes with Pulumi.
"""

from collections.abc import Iterator
from typing import Any

from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from infra.policy.inventory import Resource, shown
from infra.policy.plugin import serve
from infra.policy.rules import ALWAYS, IN_PRODUCTION, of_stack

NAME, VERSION = "payment-fraud", "1.0.0"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine hands over for a value that is not known yet (pulumi/sdk/go/common/resource/plugin/rpc.go)."""

_OURS = ("gcp:", "confluentcloud:")
_MANDATORY, _STACK = analyzer_pb2.MANDATORY, analyzer_pb2.POLICY_TYPE_STACK


class Pack(analyzer_pb2_grpc.AnalyzerServicer):
    """Judges whole stacks; what a preview cannot know yet is judged once it is there."""

    def __init__(self) -> None:
        self._stack = ""

    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Name every rule."""
        policies = [
            analyzer_pb2.PolicyInfo(
                name=rule.__name__, description=str(rule.__doc__), enforcementLevel=_MANDATORY, policy_type=_STACK
            )
            for rule in (*ALWAYS, *IN_PRODUCTION)
        ]
        return analyzer_pb2.AnalyzerInfo(name=NAME, displayName=NAME, version=VERSION, policies=policies)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Tell a version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Take no configuration: the rules have none."""
        return empty_pb2.Empty()

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Keep which stack it is, for production has rules of its own."""
        self._stack = request.stack
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Say nothing of a resource alone."""
        return analyzer_pb2.AnalyzeResponse()

    def Remediate(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Change nothing."""
        return analyzer_pb2.RemediateResponse()

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Return every sentence of every rule."""
        asked = [one for one in request.resources if one.type.startswith(_OURS)]
        return analyzer_pb2.AnalyzeResponse(diagnostics=list(self._found(asked)))

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802  gRPC
        """Take note."""
        return empty_pb2.Empty()

    def _found(self, asked: list[Any]) -> Iterator[analyzer_pb2.AnalyzeDiagnostic]:
        inventory = tuple(_resource(one) for one in asked)
        open_ends = {one.name for one in inventory if UNKNOWN in str(one.properties)}
        known = tuple(Resource(one.type, one.name, _known(one.properties), one.protect) for one in inventory)
        for rule in of_stack(self._stack):
            for sentence in rule(known):
                if sentence.split(":")[0] not in open_ends:
                    yield analyzer_pb2.AnalyzeDiagnostic(
                        policyName=rule.__name__,
                        policyPackName=NAME,
                        policyPackVersion=VERSION,
                        description=str(rule.__doc__),
                        message=sentence,
                        enforcementLevel=_MANDATORY,
                    )


def _resource(asked: Any) -> Resource:  # noqa: ANN401  gRPC
    properties = json_format.MessageToDict(asked.properties)
    return Resource(
        asked.type, asked.name, {name: shown(value) for name, value in properties.items()}, asked.options.protect
    )


def _known(value: Any) -> Any:  # noqa: ANN401  JSON
    """Return a value without what is not known yet."""
    if isinstance(value, dict):
        return {name: _known(item) for name, item in value.items() if not _is_open(item)}
    if isinstance(value, list):
        return [_known(item) for item in value if not _is_open(item)]
    return value


def _is_open(value: object) -> bool:
    return isinstance(value, str) and UNKNOWN in value


if __name__ == "__main__":
    serve(lambda server: analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Pack(), server))
