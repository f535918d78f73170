"""The command drives real programs of the names gcloud and pulumi, which keep a project in a file."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.teardown import Teardown, TeardownError
from tests.unit.infra_cloud.deployment import stack_settings

GCLOUD = """#!{python}
import json, pathlib, sys
place = pathlib.Path({place!r})
project = json.loads(place.read_text())
words = [word for word in sys.argv[1:] if not word.startswith("--")]
if words[:2] == ["scheduler", "jobs"]:
    if words[2] == "pause":
        project["jobs"][0]["state"] = "PAUSED"
    print(json.dumps(project["jobs"]))
elif words[2] == "cancel":
    [batch] = [one for one in project["batches"] if one["name"].endswith("/" + words[3])]
    batch["state"] = "CANCELLING"
    print("[]")
else:
    print(json.dumps(project["batches"]))
project["calls"].append(" ".join(words))
place.write_text(json.dumps(project))
"""
PULUMI = """#!{python}
import json, pathlib, sys
place = pathlib.Path({place!r})
project = json.loads(place.read_text())
project["calls"].append("pulumi " + " ".join(sys.argv[1:]))
place.write_text(json.dumps(project))
sys.exit(project["destroy"])
"""


def batch(name: str, state: str, app: str = "detect-fraud") -> dict[str, Any]:
    return {"name": f"projects/p/locations/r/batches/{name}", "state": state, "labels": {"app": app}}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a supervisor, one live batch of ours, one that has ended and one of somebody else."""
    project = {
        "jobs": [{"name": "projects/p/locations/r/jobs/stream-supervisor", "state": "ENABLED"}],
        "batches": [batch("new", "RUNNING"), batch("old", "SUCCEEDED"), batch("other", "RUNNING", "theirs")],
        "calls": [],
        "destroy": 0,
    }
    place = tmp_path / "project.json"
    place.write_text(json.dumps(project))
    for name, program in (("gcloud", GCLOUD), ("pulumi", PULUMI)):
        (tmp_path / name).write_text(program.format(python=sys.executable, place=str(place)))
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return place


def change(place: Path, edit: Callable[[Any], None]) -> None:
    project = json.loads(place.read_text())
    edit(project)
    place.write_text(json.dumps(project))


def ended(project: Any) -> None:  # noqa: ANN401  JSON
    """Let what is being cancelled end."""
    for one in project["batches"]:
        if one["state"] == "CANCELLING":
            one["state"] = "CANCELLED"


def calls(place: Path) -> list[str]:
    return [str(call) for call in json.loads(place.read_text())["calls"] if " list" not in call]


def test_the_clock_stops_then_the_batch_then_all_is_destroyed(place: Path) -> None:
    told: list[str] = []
    Teardown(stack_settings("dev"), say=told.append, sleep=lambda _: change(place, ended)).run()
    assert calls(place) == [
        "scheduler jobs pause stream-supervisor",
        "dataproc batches cancel new",
        "pulumi destroy --yes --stack dev",
    ]
    assert [line.split(":")[0] for line in told] == [
        "pausing stream-supervisor",
        "cancelling the batch new",
        "destroying dev",
    ]


def test_run_again_it_goes_on_from_where_it_was(place: Path) -> None:
    change(place, lambda project: project["jobs"][0].update(state="PAUSED"))
    change(place, lambda project: project["batches"].clear())
    Teardown(stack_settings("dev"), say=lambda _: None).run()
    assert calls(place) == ["pulumi destroy --yes --stack dev"]


def test_a_batch_that_does_not_end_is_named_and_nothing_is_destroyed(place: Path) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds * 20

    with pytest.raises(TeardownError, match="new: still alive after 900 s"):
        Teardown(stack_settings("dev"), say=lambda _: None, clock=lambda: now[0], sleep=sleep).run()
    assert not [call for call in calls(place) if call.startswith("pulumi")]
    assert calls(place).count("dataproc batches cancel new") == 1


def test_a_destroy_that_fails_says_what_to_do(place: Path) -> None:
    change(place, lambda project: project.update(destroy=255))
    change(place, lambda project: project["batches"].clear())
    with pytest.raises(TeardownError, match="run this again in two hours"):
        Teardown(stack_settings("dev"), say=lambda _: None).run()


def test_a_protected_stack_is_refused_before_anything_is_asked(place: Path) -> None:
    with pytest.raises(TeardownError, match="deletion_protection is on"):
        Teardown(stack_settings("prod"), say=lambda _: None).run()
    assert json.loads(place.read_text())["calls"] == []
