import inspect

import pytest

from infra.local.catalogue import CATALOGUE, SERVICES
from infra.local.workspace import REPOSITORY


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_component_is_known_by_its_name_and_needs_known_ones(name: str) -> None:
    component = CATALOGUE[name]
    assert component.name == name
    assert not inspect.isabstract(component)
    assert set(component.needs) <= set(CATALOGUE) - {name}


def test_up_starts_everything_but_the_traffic() -> None:
    functions = {main.parent.name for main in (REPOSITORY / "functions").glob("*/main.py")}
    functions -= {"stream_supervisor"}  # here the stack itself still keeps the job alive
    assert {"kafka", "redis", "pubsub", "firestore", "bigquery", "spark"} | functions == set(SERVICES)
