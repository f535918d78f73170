"""What is kept as evidence, where nobody can shorten it, and whose readers are recorded."""

import re

import pytest

from infra.components.evidence import EVENTS, LINES
from infra.policy.inventory import of_kind
from tests.unit.docs.pages import REPOSITORY
from tests.unit.infra_cloud.deployment import inventory

_KIND = re.compile("DATA_[A-Z]+")


@pytest.mark.parametrize(("stack", "is_locked"), [("prod", True), ("dev", False)])
def test_evidence_outlives_a_year_and_in_production_nobody_shortens_that(stack: str, *, is_locked: bool) -> None:
    [bucket] = of_kind(inventory(stack), "logging.ProjectBucketConfig")
    assert bucket.get("retentionDays") == 400
    assert bool(bucket.get("locked")) is is_locked
    [sink] = of_kind(inventory(stack), "logging.ProjectSink")
    assert sink.get("filter") == LINES


def test_who_reads_the_keys_and_the_records_is_logged() -> None:
    found = of_kind(inventory("prod"), "projects.IAMAuditConfig")
    audited = {str(one.get("service")): set(_KIND.findall(str(one.properties))) for one in found}
    assert audited == {
        "secretmanager.googleapis.com": {"DATA_READ"},
        "datastore.googleapis.com": {"DATA_READ", "DATA_WRITE"},
    }


@pytest.mark.parametrize("event", EVENTS)
def test_what_is_kept_is_said_by_the_code(event: str) -> None:
    said = "".join(path.read_text() for path in (REPOSITORY / "functions").rglob("*.py"))
    assert f'"{event}"' in said
