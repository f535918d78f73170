"""Asks every component now and again, each in a thread of its own, so that one that hangs hides no other."""

from collections.abc import Callable, Mapping
from threading import Thread
from time import sleep
from typing import NamedTuple

import structlog

from fraud.errors import RetryableError
from fraud.health.components import Component, Standing
from fraud_service.clock import Clock

EVERY_S = 5.0
Calls = Mapping[Component, Callable[[], object]]

log = structlog.get_logger()


class Down(NamedTuple):
    """A component that does not answer, and since when, in Unix ms."""

    name: str
    since_ms: int


class Watch:
    """How the components stand; `calls` asks each one and raises RetryableError where it does not answer."""

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._standings = {component: Standing(component) for component in calls}
        self._answers: dict[Component, object] = {}

    def start(self) -> None:
        """Begin to ask."""
        for component in self._calls:
            Thread(target=self._follow, args=(component,), name=f"watch-{component}", daemon=True).start()

    def standings(self) -> list[Standing]:
        """Return how each component stands now."""
        now = self._clock()
        return [standing.at(now) for standing in self._standings.values()]

    def down(self) -> list[Down]:
        """Return what does not answer."""
        return [
            Down(standing.component, int(standing.down_since.timestamp() * 1000))
            for standing in self.standings()
            if standing.down_since
        ]

    def answer(self, component: Component) -> object:
        """Return what a component answered last; None while it does not."""
        [standing] = [one for one in self.standings() if one.component is component]
        return None if standing.down_since else self._answers.get(component)

    def _follow(self, component: Component) -> None:
        while True:
            self._ask(component)
            sleep(EVERY_S)

    def _ask(self, component: Component) -> None:
        standing = self._standings[component] = self._standings[component].asked(self._clock())
        try:
            self._answers[component] = self._calls[component]()
        except Exception as error:  # noqa: BLE001  whatever it met, it is told, and asked again
            said = str(error) if isinstance(error, RetryableError) else type(error).__name__
            self._standings[component] = standing.failed(self._clock(), said)
            log.warning("component_down", component=component, reason=said)
        else:
            self._standings[component] = standing.answered(self._clock())
