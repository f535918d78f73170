"""What waits for what: the dependencies that the program registers with the engine, a parent's included."""

from collections.abc import Iterator
from typing import Any

from pulumi.runtime.mocks import MockMonitor, Mocks

Node = tuple[str, str]
"""The type and name of a resource."""


class Graph:
    """The resources by type and name, with those that each waits for, and which Pulumi refuses to delete."""

    def __init__(self) -> None:
        self._waits: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, Node] = {}
        self.protected: set[Node] = set()

    def add(self, urn: str, request: Any) -> None:  # noqa: ANN401  a message of Pulumi's
        """Keep what a resource was registered with."""
        self._names[urn] = (request.type, request.name)
        self._waits[urn] = tuple(filter(None, (*request.dependencies, request.parent)))
        if request.protect:
            self.protected.add(self._names[urn])

    def before(self, node: Node) -> set[Node]:
        """Return everything that is made before a resource is, directly or not."""
        [urn] = [urn for urn, name in self._names.items() if name == node]
        return {self._names[one] for one in self._reached(urn)}

    def _reached(self, urn: str) -> Iterator[str]:
        seen, waiting = set(), [urn]
        while waiting:
            for one in self._waits.get(waiting.pop(), ()):
                if one not in seen and one in self._names:
                    seen.add(one)
                    waiting.append(one)
                    yield one


class Monitor(MockMonitor):
    """Pulumi's own mock of the engine, which tells a graph besides."""

    def __init__(self, mocks: Mocks, graph: Graph) -> None:
        super().__init__(mocks)
        self._graph = graph

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802  a message of Pulumi's
        """Register a resource."""
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        self._graph.add(answer.urn, request)
        return answer
