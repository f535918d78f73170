"""What a change of source is in the inventory of the real program: exactly what is made of that source."""

import re
import shutil
from pathlib import Path

import pytest

from infra.archives import FUNCTIONS, JOBS
from infra.artifacts import LOCK, prepare
from infra.policy.inventory import Resource
from infra.rehearsal.program import declare
from infra.services import CATALOGUE, SUPERVISOR
from tests.unit.infra_cloud.deployment import stack_settings

Named = dict[tuple[str, str], Resource]
OBJECT, FUNCTION = "storage.BucketObject", "cloudfunctionsv2.Function"
JOB_PACKAGES, JOB_MAIN = "dataproc-fraud_stream.zip", "dataproc-detect_fraud.py"
_HASH = re.compile(r"-[0-9a-f]{16}(?=\.)")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source as it was when these tests began."""
    return copied(FUNCTIONS.parent, tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def before(source: Path) -> Named:
    """What it deploys."""
    return deployed(source)


@pytest.fixture
def tree(source: Path, tmp_path: Path) -> Path:
    """The same source elsewhere, compiled and dated otherwise."""
    compiled = copied(source, tmp_path) / "functions" / "fraud" / "__pycache__"
    compiled.mkdir(exist_ok=True)
    (compiled / "card.pyc").write_bytes(b"compiled")
    return tmp_path


def copied(source: Path, target: Path) -> Path:
    """Copy what is deployed of a tree; return the target."""
    for folder in (FUNCTIONS.name, JOBS.name):
        shutil.copytree(source / folder, target / folder, copy_function=shutil.copyfile)
    shutil.copyfile(source / LOCK.name, target / LOCK.name)
    return target


def deployed(tree: Path) -> Named:
    """Return the inventory of a tree by kind and name, the hash of a job's file left out of its name."""
    resources = declare(stack_settings("dev"), prepare(CATALOGUE, tree / "build", tree)).resources
    return {(one.kind, _HASH.sub("", one.name)): one for one in resources}


@pytest.mark.parametrize(
    ("file", "functions", "job"),
    [
        (None, set(), None),
        ("functions/alert_fanout/main.py", {"alert_fanout"}, None),
        ("functions/fraud_service/pubsub/push.py", {"alert_fanout", "automation_rules"}, None),
        ("functions/fraud/channels/slack.py", {"alert_fanout"}, JOB_PACKAGES),
        ("dataproc_jobs/fraud_stream/sinks/task.py", set(), JOB_PACKAGES),
        ("dataproc_jobs/detect_fraud.py", set(), JOB_MAIN),
    ],
)
def test_a_change_of_source_changes_what_is_made_of_it_and_nothing_else(
    before: Named, tree: Path, file: str | None, functions: set[str], job: str | None
) -> None:
    """The job's archive holds all of `fraud`; a new file of the job is another batch for its supervisor."""
    if file is not None:
        with (tree / file).open("a") as source:
            source.write("\n# changed\n")
    code = {(OBJECT, f"{name}-source") for name in functions} | {(FUNCTION, name) for name in functions}
    batch = {(OBJECT, job), (FUNCTION, SUPERVISOR)} if job else set()
    after = deployed(tree)
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == code | batch
