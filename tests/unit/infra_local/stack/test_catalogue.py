import inspect

import pytest

from infra.local.machine.workspace import REPOSITORY
from infra.local.stack.catalogue import CATALOGUE, EVERYTHING, SERVICES


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_component_is_known_by_its_name_and_needs_known_ones(name: str) -> None:
    component = CATALOGUE[name]
    assert component.name == name
    assert not inspect.isabstract(component)
    assert set(component.needs + component.reaches) <= set(CATALOGUE) - {name}


def test_up_starts_everything_but_the_traffic() -> None:
    functions = {main.parent.name for main in (REPOSITORY / "functions").glob("*/main.py")}
    functions -= {"erasure_drill"}  # run when it is wanted: `make erasure-drill`
    assert {
        "kafka",
        "redis",
        "pubsub",
        "firestore",
        "bigquery",
        "dataproc",
        "scheduler",
        "label_scheduler",
    } | functions == set(SERVICES)


def test_the_job_is_not_started_beside_its_supervisor() -> None:
    assert "spark" in CATALOGUE
    assert "spark" not in EVERYTHING
