from http import HTTPStatus

import pytest

from fraud.errors import AbsentError, PermanentError, RetryableError
from fraud.reviews import ReviewConflictError
from fraud.rules.rule import RuleError
from fraud.versions import VersionConflictError
from fraud_service.http.problem import ProblemError, problem_of
from tests.builders import CARD


@pytest.mark.parametrize(
    ("error", "status", "detail", "field"),
    [
        (ProblemError(HTTPStatus.GONE, "it is gone", "rule_id"), 410, "it is gone", "rule_id"),
        (AbsentError("there is no review"), 404, "there is no review", None),
        (ReviewConflictError("another person has the review"), 409, "another person has the review", None),
        (VersionConflictError("version 2 stands, not 1"), 409, "version 2 stands, not 1", "version"),
        (RuleError("owl", "expression", "a word", 3), 422, "character 3: a word", "expression"),
        (RuleError("owl", None, "it is spoilt"), 422, "it is spoilt", None),
        (RetryableError("Redis does not answer"), 503, "Redis does not answer", None),
        (PermanentError(CARD), 500, "the request failed", None),
        (ValueError(CARD), 500, "the request failed", None),
    ],
)
def test_every_error_is_a_problem_to_the_one_who_asks(
    error: Exception, status: int, detail: str, field: str | None
) -> None:
    problem = problem_of(error)
    assert (problem.status, problem.detail, problem.field) == (status, detail, field)


def test_who_may_come_again_is_told_when() -> None:
    assert problem_of(RetryableError("later")).headers == {"Retry-After": "1"}
