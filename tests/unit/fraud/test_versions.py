import msgspec
import pytest

from fraud import versions
from fraud.rules.rule import Rule, RuleText
from fraud.versions import VersionConflictError
from tests.builders import make_rule

STANDING = make_rule(version=3, author="jo", priority=5)


def revised(before: Rule | None, wanted: Rule, expected: int) -> Rule:
    return versions.revised(before, wanted, expected, RuleText.__struct_fields__)


def test_a_new_rule_is_its_first_version() -> None:
    assert revised(None, make_rule(version=9), 0).version == 1


def test_a_change_is_the_next_version() -> None:
    after = revised(STANDING, make_rule(author="kim", priority=6), 3)
    assert (after.version, after.author, after.priority) == (4, "kim", 6)


@pytest.mark.parametrize("expected", [0, 1, 4])
def test_a_change_to_another_version_is_refused(expected: int) -> None:
    with pytest.raises(VersionConflictError, match="version 3 stands"):
        revised(STANDING, make_rule(author="kim"), expected)


def test_a_rule_that_is_gone_cannot_be_changed() -> None:
    with pytest.raises(VersionConflictError, match="version 0 stands"):
        revised(None, make_rule(), 2)


def test_the_change_that_stands_already_may_be_sent_again_by_its_author_only() -> None:
    again = msgspec.structs.replace(STANDING, version=1)
    assert revised(STANDING, again, 2) is STANDING
    for other in (msgspec.structs.replace(again, author="kim"), msgspec.structs.replace(again, priority=6)):
        with pytest.raises(VersionConflictError):
            revised(STANDING, other, 2)
