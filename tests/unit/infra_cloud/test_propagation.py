import pulumi
import pytest

from infra.components.propagation import Propagation
from infra.rehearsal.program import Recorder, record

HOOKED = pulumi.ResourceHookArgs("urn", "id", "name", "type")


@pytest.mark.parametrize(
    ("granted_at", "asked_at", "slept"),
    [((), 50.0, []), ((10.0,), 15.0, [115.0]), ((10.0, 40.0), 50.0, [110.0]), ((10.0,), 500.0, [0.0])],
)
def test_who_uses_a_right_waits_until_the_last_is_in_force(
    granted_at: tuple[float, ...], asked_at: float, slept: list[float]
) -> None:
    record(Recorder(), "dev")
    clock, waited = iter((*granted_at, asked_at)), list[float]()
    propagation = Propagation(120, lambda: next(clock), waited.append)
    for _ in granted_at:
        propagation.granted(HOOKED)
    propagation.awaited(HOOKED)
    assert waited == slept
